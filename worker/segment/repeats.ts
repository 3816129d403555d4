/** How repeats of one OTLP body are told apart from new data, on both sides (ADR 002). */

/**
 * Copies of a batch that were received within this time of each other are recognised by readers,
 * from the keys alone. Copies further apart are recognised by the writer, from the batch record:
 * their events are older than this when they arrive. SDKs give up after 10 to 60 s, the Collector
 * after 5 min. It must exceed the 60 s for which KV may hide what was written; raising it makes
 * each page of a query list that much more of the past.
 */
export const REPEAT_HORIZON_MS = 120_000;
