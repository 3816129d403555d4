/**
 * Shuts an SDK provider down, which exports what it still holds. A failed export also rejects
 * here, in some SDK components; the outcomes that the exporters report already say so.
 */
export async function shutDown(provider: { shutdown(): Promise<void> }): Promise<void> {
  await Promise.allSettled([provider.shutdown()]);
}
