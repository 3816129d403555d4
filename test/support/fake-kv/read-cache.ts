/**
 * The cache in front of KV: a location goes on giving what its first read of a key gave, for
 * `cacheTtl` (60 s unless a read asks for another). A miss is cached like a value: a key that was
 * read before it was written looks missing although it is there
 * (https://developers.cloudflare.com/kv/concepts/how-kv-works/, "negative lookups").
 */
import type { Stored } from "./history.ts";

interface Cached {
  readonly stored: Stored | undefined;
  readonly untilMs: number;
}

/** What reads have found, by place and key. */
export class ReadCache {
  readonly #durationMs: number;
  readonly #found = new Map<string, Cached>();

  /** @param durationMs how long a place remembers a read; 0: not at all */
  constructor(durationMs: number) {
    this.#durationMs = durationMs;
  }

  /** Answers from the cache, else looks and remembers. */
  read(
    { key, place, nowMs }: { readonly key: string; readonly place: number; readonly nowMs: number },
    look: () => Stored | undefined,
  ): Stored | undefined {
    if (this.#durationMs === 0) {
      return look();
    }
    const at = `${place} ${key}`;
    const cached = this.#found.get(at);
    if (cached !== undefined && nowMs < cached.untilMs) {
      return cached.stored;
    }
    const stored = look();
    this.#found.set(at, { stored, untilMs: nowMs + this.#durationMs });
    return stored;
  }
}
