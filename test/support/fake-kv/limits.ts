/**
 * What KV refuses, in its words. Limits: https://developers.cloudflare.com/kv/platform/limits/;
 * texts: workerd's kv.c++ and miniflare's validator, compared by test/worker/store/kv.test.ts.
 */
import { type KvOperation, kvFailure } from "./operations.ts";

const KEY_LIMIT_BYTES = 512;
const METADATA_LIMIT_BYTES = 1024;
const VALUE_LIMIT_BYTES = 25 * 1024 * 1024;
const BULK_LIMIT_KEYS = 100;
/** The documents say MB; the simulator of wrangler allows 25 MiB. */
const BULK_LIMIT_BYTES = 25 * 1000 * 1000;
const LIST_LIMIT_KEYS = 1000;
const MIN_TTL_SECONDS = 60;

const encoder = new TextEncoder();

/** @throws what KV throws for a key that it does not take */
export function checkKey(key: string, operation: KvOperation): void {
  if (key === "") {
    throw new TypeError("Key name cannot be empty.");
  }
  if (key === "." || key === "..") {
    throw new TypeError(`"${key}" is not allowed as a key name.`);
  }
  checkKeyLength(key, operation);
}

/** @throws what KV throws for a key or prefix of more than 512 bytes */
export function checkKeyLength(key: string, operation: KvOperation): void {
  const { length } = encoder.encode(key);
  if (length > KEY_LIMIT_BYTES) {
    throw kvFailure(
      operation,
      `414 UTF-8 encoded length of ${length} exceeds key length limit of ${KEY_LIMIT_BYTES}.`,
    );
  }
}

/** @throws when the value is larger than 25 MiB */
export function checkValue(bytes: Uint8Array): void {
  if (bytes.length > VALUE_LIMIT_BYTES) {
    throw kvFailure(
      "put",
      `413 Value length of ${bytes.length} exceeds limit of ${VALUE_LIMIT_BYTES}.`,
    );
  }
}

/** @throws when the metadata is longer than 1,024 bytes of JSON: then the whole put fails */
export function checkMetadata(json: string): void {
  const { length } = encoder.encode(json);
  if (length > METADATA_LIMIT_BYTES) {
    throw kvFailure(
      "put",
      `413 Metadata length of ${length} exceeds limit of ${METADATA_LIMIT_BYTES}.`,
    );
  }
}

/**
 * When an entry expires.
 *
 * @returns epoch seconds; undefined: never
 * @throws when that is less than a minute away
 */
export function expirationOf(options: KVNamespacePutOptions, nowMs: number): number | undefined {
  const nowSeconds = Math.floor(nowMs / 1000);
  const { expirationTtl: ttl, expiration } = options;
  if (ttl !== undefined) {
    if (!(ttl > 0)) {
      throw kvFailure(
        "put",
        `400 Invalid expiration_ttl of ${ttl}. Please specify integer greater than 0.`,
      );
    }
    if (ttl < MIN_TTL_SECONDS) {
      throw kvFailure(
        "put",
        `400 Invalid expiration_ttl of ${ttl}. Expiration TTL must be at least ${MIN_TTL_SECONDS}.`,
      );
    }
    return nowSeconds + ttl;
  }
  if (expiration === undefined) {
    return undefined;
  }
  if (!(expiration > nowSeconds)) {
    throw kvFailure(
      "put",
      `400 Invalid expiration of ${expiration}. Please specify integer greater than the current number of seconds since the UNIX epoch.`,
    );
  }
  if (expiration < nowSeconds + MIN_TTL_SECONDS) {
    throw kvFailure(
      "put",
      `400 Invalid expiration of ${expiration}. Expiration times must be at least ${MIN_TTL_SECONDS} seconds in the future.`,
    );
  }
  return expiration;
}

/** @throws unless there are 1 to 100 keys of allowed names and the type is text or json */
export function checkBulk(keys: readonly string[], type: string): void {
  if (type !== "text" && type !== "json") {
    throw kvFailure("getBulk", `400 "${type}" is not a valid type. Use "json" or "text"`);
  }
  if (keys.length > BULK_LIMIT_KEYS) {
    throw kvFailure("getBulk", `400 You can request a maximum of ${BULK_LIMIT_KEYS} keys`);
  }
  if (keys.length === 0) {
    throw kvFailure("getBulk", "400 You must request a minimum of 1 key");
  }
  for (const key of keys) {
    checkKey(key, "getBulk");
  }
}

/** @throws when the values of a bulk get are more than 25 MB together */
export function checkBulkSize(totalBytes: number): void {
  if (totalBytes > BULK_LIMIT_BYTES) {
    throw kvFailure("getBulk", "413 Total size of request exceeds the limit of 25MB");
  }
}

/**
 * Keys a page may have; workerd does not pass on a limit of 0 or less.
 *
 * @throws when that is more than 1,000
 */
export function pageLimitOf(limit = 0): number {
  if (limit > LIST_LIMIT_KEYS) {
    throw kvFailure(
      "list",
      `400 Invalid key_count_limit of ${limit}. Please specify an integer less than ${LIST_LIMIT_KEYS}.`,
    );
  }
  return limit > 0 ? limit : LIST_LIMIT_KEYS;
}
