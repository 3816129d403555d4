/** The fake as the type of the binding: every overload of it, without a cast. */
import type { PutValue, ValueType } from "./values.ts";

/** The operations behind the overloads. */
export interface KvBackend {
  readonly get: (key: string, type: ValueType) => Promise<KvHit>;
  readonly getBulk: (keys: readonly string[], type: ValueType) => Promise<Map<string, KvHit>>;
  readonly list: (options: KVNamespaceListOptions) => Promise<KVNamespaceListResult<unknown>>;
  readonly put: (key: string, value: PutValue, options: KVNamespacePutOptions) => Promise<void>;
  readonly delete: (key: string) => Promise<void>;
}

/** What a read finds; both null when there is nothing. */
export interface KvHit {
  readonly value: unknown;
  readonly metadata: unknown;
}

type Asked<Type extends ValueType> = Type | KVNamespaceGetOptions<Type>;
type Untyped = Partial<KVNamespaceGetOptions<undefined>>;
type AnyAsked = ValueType | { readonly type?: ValueType | undefined };
type WithMetadata<Value, Metadata> = KVNamespaceGetWithMetadataResult<Value, Metadata>;

/** A namespace that hands everything to a backend. */
export class FakeNamespace implements KVNamespace {
  readonly #backend: KvBackend;

  constructor(backend: KvBackend) {
    this.#backend = backend;
  }

  get(key: string, asked?: Untyped): Promise<string | null>;
  get(key: string, asked?: Asked<"text">): Promise<string | null>;
  get<Value = unknown>(key: string, asked?: Asked<"json">): Promise<Value | null>;
  get(key: string, asked?: Asked<"arrayBuffer">): Promise<ArrayBuffer | null>;
  get(key: string, asked?: Asked<"stream">): Promise<ReadableStream | null>;
  get(keys: string[], asked?: Untyped): Promise<Map<string, string | null>>;
  get(keys: string[], asked?: Asked<"text">): Promise<Map<string, string | null>>;
  get<Value = unknown>(keys: string[], asked?: Asked<"json">): Promise<Map<string, Value | null>>;
  async get(keys: string | string[], asked?: AnyAsked): Promise<unknown> {
    if (typeof keys === "string") {
      return (await this.#backend.get(keys, typeOf(asked))).value;
    }
    const hits = await this.#backend.getBulk(keys, typeOf(asked));
    return new Map([...hits].map(([key, { value }]) => [key, value]));
  }

  getWithMetadata<Metadata = unknown>(
    key: string,
    asked?: Untyped,
  ): Promise<WithMetadata<string, Metadata>>;
  getWithMetadata<Metadata = unknown>(
    key: string,
    asked: Asked<"text">,
  ): Promise<WithMetadata<string, Metadata>>;
  getWithMetadata<Value = unknown, Metadata = unknown>(
    key: string,
    asked: Asked<"json">,
  ): Promise<WithMetadata<Value, Metadata>>;
  getWithMetadata<Metadata = unknown>(
    key: string,
    asked: Asked<"arrayBuffer">,
  ): Promise<WithMetadata<ArrayBuffer, Metadata>>;
  getWithMetadata<Metadata = unknown>(
    key: string,
    asked: Asked<"stream">,
  ): Promise<WithMetadata<ReadableStream, Metadata>>;
  getWithMetadata<Metadata = unknown>(
    keys: string[],
    asked?: Untyped,
  ): Promise<Map<string, WithMetadata<string, Metadata>>>;
  getWithMetadata<Metadata = unknown>(
    keys: string[],
    asked?: Asked<"text">,
  ): Promise<Map<string, WithMetadata<string, Metadata>>>;
  getWithMetadata<Value = unknown, Metadata = unknown>(
    keys: string[],
    asked?: Asked<"json">,
  ): Promise<Map<string, WithMetadata<Value, Metadata>>>;
  async getWithMetadata(keys: string | string[], asked?: AnyAsked): Promise<unknown> {
    if (typeof keys === "string") {
      return { ...(await this.#backend.get(keys, typeOf(asked))), cacheStatus: null };
    }
    const hits = await this.#backend.getBulk(keys, typeOf(asked));
    return new Map(
      [...hits].map(([key, hit]) => [key, hit.value === null ? null : { ...hit }] as const),
    );
  }

  list<Metadata = unknown>(
    options?: KVNamespaceListOptions,
  ): Promise<KVNamespaceListResult<Metadata>>;
  list(options: KVNamespaceListOptions = {}): Promise<unknown> {
    return this.#backend.list(options);
  }

  put(key: string, value: PutValue, options: KVNamespacePutOptions = {}): Promise<void> {
    return this.#backend.put(key, value, options);
  }

  delete(key: string): Promise<void> {
    return this.#backend.delete(key);
  }
}

function typeOf(asked: AnyAsked | undefined): ValueType {
  return (typeof asked === "string" ? asked : asked?.type) ?? "text";
}
