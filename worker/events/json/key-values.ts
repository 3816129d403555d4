/** KeyValue lists in JSON: finds entries that a later entry with the same key replaces. */
import { isJsonObject } from "../../otlp/json/parse.ts";

const NOTHING: ReadonlySet<number> = new Set();

/** Up to this many entries comparing each with each is faster than a map: 66 comparisons. */
const SHORT_LIST_LIMIT = 12;

function repeatsKey(list: readonly unknown[]): boolean {
  for (let index = 1; index < list.length; index += 1) {
    const key = keyOf(list[index]);
    for (let earlier = 0; earlier < index; earlier += 1) {
      if (keyOf(list[earlier]) === key) {
        return true;
      }
    }
  }
  return false;
}

function keyOf(entry: unknown): unknown {
  return isJsonObject(entry) ? (entry["key"] ?? "") : undefined;
}

/**
 * @param list KeyValue objects as parsed
 * @returns the indexes of replaced entries; usually none
 */
export function findReplaced(list: readonly unknown[]): ReadonlySet<number> {
  if (list.length < 2) {
    return NOTHING;
  }
  if (list.length <= SHORT_LIST_LIMIT && !repeatsKey(list)) {
    return NOTHING;
  }
  const lastIndex = new Map<unknown, number>();
  let replaced: Set<number> | undefined;
  for (const [index, entry] of list.entries()) {
    const key = keyOf(entry);
    const earlier = lastIndex.get(key);
    if (earlier !== undefined && key !== undefined) {
      replaced ??= new Set();
      replaced.add(earlier);
    }
    lastIndex.set(key, index);
  }
  return replaced ?? NOTHING;
}
