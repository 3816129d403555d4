/** Bodies that are small on the wire and huge when they are inflated. */

/** What a bomb inflates to: far beyond every cap. */
export const BOMB_MB = 300;
const MIB = 1024 * 1024;

/** Compresses {@link BOMB_MB} of zeros, as a stream. */
export async function bombOf(compressor: NodeJS.ReadWriteStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const zeros = new Uint8Array(MIB);
  const ended = new Promise<void>((resolve, reject) => {
    compressor.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    compressor.on("end", resolve);
    compressor.on("error", reject);
  });
  for (let written = 0; written < BOMB_MB; written += 1) {
    if (!compressor.write(zeros)) {
      await new Promise((resolve) => {
        compressor.once("drain", resolve);
      });
    }
  }
  compressor.end();
  await ended;
  return Uint8Array.from(Buffer.concat(chunks));
}
