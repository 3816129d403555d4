/** The operations of KV, and how KV words that one of them failed. */

/** What a test can count, fail and slow down. */
export type KvOperation = "put" | "get" | "getBulk" | "list" | "delete";

/**
 * Names in error messages: a list is a GET of the namespace
 * (workerd, src/workerd/api/kv.c++).
 */
const METHODS: Readonly<Record<KvOperation, string>> = {
  put: "PUT",
  get: "GET",
  getBulk: "GET_BULK",
  list: "GET",
  delete: "DELETE",
};

/** How KV reports an HTTP status of its backend. */
export function kvFailure(operation: KvOperation, status: string): Error {
  return new Error(`KV ${METHODS[operation]} failed: ${status}`);
}
