/** Limits of single events. */

/**
 * The longest event in bytes. KV takes values up to 25 MiB; raising this beyond makes the put of a
 * segment with that one event fail for good (https://developers.cloudflare.com/kv/platform/limits/).
 */
export const EVENT_LIMIT_BYTES = 24 * 1024 * 1024;
