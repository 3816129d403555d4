/** Keys in the order of KV's lists: that of their bytes in UTF-8. */

/** A growing set of keys, sorted when somebody looks. */
export class SortedKeys {
  #sorted: readonly string[] = [];
  #added: string[] = [];

  /** Adds a key that is not in the set. */
  add(key: string): void {
    this.#added.push(key);
  }

  /** All keys, ascending. */
  all(): readonly string[] {
    if (this.#added.length > 0) {
      this.#sorted = merged(this.#sorted, this.#added.toSorted(compareKeys));
      this.#added = [];
    }
    return this.#sorted;
  }

  /** The keys with a prefix that come after another key, ascending; "" is before all. */
  *after(prefix: string, key: string): Generator<string, void> {
    const keys = this.all();
    const isBehind = compareKeys(key, prefix) >= 0 && key !== "";
    for (let at = indexOf(keys, isBehind ? key : prefix); at < keys.length; at += 1) {
      const candidate = keys[at] ?? "";
      if (!candidate.startsWith(prefix)) {
        return;
      }
      if (!isBehind || candidate !== key) {
        yield candidate;
      }
    }
  }
}

/** Where the first key stands that is not before another. */
function indexOf(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle] ?? "", key) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function merged(left: readonly string[], right: readonly string[]): readonly string[] {
  const keys: string[] = [];
  let at = 0;
  for (const key of right) {
    for (; at < left.length && compareKeys(left[at] ?? "", key) < 0; at += 1) {
      keys.push(left[at] ?? "");
    }
    keys.push(key);
  }
  for (; at < left.length; at += 1) {
    keys.push(left[at] ?? "");
  }
  return keys;
}

/** UTF-8 byte order is code point order, which is not the order of JavaScript's `<`. */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    if (left.charCodeAt(at) !== right.charCodeAt(at)) {
      return (left.codePointAt(at) ?? 0) - (right.codePointAt(at) ?? 0);
    }
  }
  return left.length - right.length;
}
