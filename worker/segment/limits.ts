/** Limits of the stored form. */

/**
 * A segment is cut before it grows beyond this. Smaller cuts cost writes, KV's dearest operation:
 * an export of 512 spans is about 0.5 MiB, and 1,000 native events rarely exceed 2 MiB, so both
 * stay one segment. Larger cuts make a reader fetch more than it can use: KV answers a bulk read
 * with 25 MB at most, which is six of these (ADR 003).
 */
export const SEGMENT_LIMIT_BYTES = 4 * 1024 * 1024;
