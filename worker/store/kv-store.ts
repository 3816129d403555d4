/** The store on Workers KV. */
import { type Result, err, ok } from "../core/result.ts";
import { parseBatchRecord } from "../segment/batch-record-parser.ts";
import { type BatchRecord, batchKey } from "../segment/batch-record.ts";
import { type RetryPolicy, withRetries } from "./retry.ts";
import type { ListPage, Store, StoreError, StoredSegment } from "./store.ts";

/** Settings of {@link KvStore}. */
export interface KvStoreOptions {
  readonly retentionSeconds: number;
  readonly retry: RetryPolicy;
}

/** {@link Store} on one KV namespace. */
export class KvStore implements Store {
  readonly #kv: KVNamespace;
  readonly #options: KvStoreOptions;

  constructor(kv: KVNamespace, options: KvStoreOptions) {
    this.#kv = kv;
    this.#options = options;
  }

  putSegment({ key, value, summary }: StoredSegment): Promise<Result<void, StoreError>> {
    return this.#run("put", key, () =>
      this.#kv.put(key, value, {
        expirationTtl: this.#options.retentionSeconds,
        metadata: summary,
      }),
    );
  }

  putBatch(record: BatchRecord): Promise<Result<void, StoreError>> {
    const key = batchKey(record.batch_id);
    return this.#run("put", key, () =>
      this.#kv.put(key, JSON.stringify(record), {
        expirationTtl: this.#options.retentionSeconds,
      }),
    );
  }

  async getBatch(batchId: string): Promise<Result<BatchRecord | undefined, StoreError>> {
    const key = batchKey(batchId);
    const text = await this.#run("get", key, () => this.#kv.get(key, "text"));
    if (!text.ok) {
      return text;
    }
    if (text.value === null) {
      return ok(undefined);
    }
    const record = parseBatchRecord(text.value);
    return record === undefined
      ? err({
          kind: "store",
          isTransient: false,
          message: `The record of batch "${batchId}" is damaged`,
        })
      : ok(record);
  }

  async list(prefix: string, cursor?: string): Promise<Result<ListPage, StoreError>> {
    const page = await this.#run("list", prefix, () =>
      this.#kv.list({ prefix, ...(cursor !== undefined && { cursor }) }),
    );
    if (!page.ok) {
      return page;
    }
    return ok({
      keys: page.value.keys.map(({ name, metadata }) => ({ key: name, summary: metadata })),
      cursor: page.value.list_complete ? undefined : page.value.cursor,
    });
  }

  async readSegments(
    keys: readonly string[],
  ): Promise<Result<ReadonlyMap<string, string>, StoreError>> {
    const values = await this.#run("get_bulk", keys[0] ?? "", () =>
      this.#kv.get([...keys], "text"),
    );
    if (!values.ok) {
      return values;
    }
    const found = new Map<string, string>();
    for (const [key, text] of values.value) {
      if (text !== null) {
        found.set(key, text);
      }
    }
    return ok(found);
  }

  #run<T>(name: string, key: string, run: () => Promise<T>): Promise<Result<T, StoreError>> {
    return withRetries(this.#options.retry, { name, key }, run);
  }
}
