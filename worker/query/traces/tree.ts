/** The order in which a trace is read: parents before their children, siblings by their start. */
import type { SpanPlace } from "./span.ts";
import { byStart } from "./summary.ts";

/** A span in its place. */
export interface Branch<T> {
  readonly item: T;
  /** 0 for roots, and for spans whose parent is not there */
  readonly depth: number;
  /** whether the span names a parent that is not there */
  readonly isOrphan: boolean;
}

/**
 * Orders spans. Every one comes out exactly once, whatever their parents: orphans stand among the
 * roots, and of spans that are each other's ancestors the earliest counts as a root.
 */
export function treeOrder<T extends { readonly place: SpanPlace }>(
  items: readonly T[],
): readonly Branch<T>[] {
  const sorted = items.toSorted((left, right) => byStart(left.place, right.place));
  const ids = new Set(sorted.map(({ place }) => place.spanId));
  const children = Map.groupBy(sorted, ({ place }) => place.parentId);
  const ordered: Branch<T>[] = [];
  const seen = new Set<T>();
  for (const item of sorted) {
    const { parentId } = item.place;
    if (parentId === undefined || !ids.has(parentId)) {
      descend(item, { children, seen, ordered, isOrphan: parentId !== undefined });
    }
  }
  // What is left hangs on a cycle.
  for (const item of sorted) {
    descend(item, { children, seen, ordered, isOrphan: false });
  }
  return ordered;
}

interface Descent<T> {
  readonly children: ReadonlyMap<string | undefined, readonly T[]>;
  readonly seen: Set<T>;
  readonly ordered: Branch<T>[];
  readonly isOrphan: boolean;
}

/** With a stack of its own: a hostile trace is deeper than ours. */
function descend<T extends { readonly place: SpanPlace }>(
  start: T,
  { children, seen, ordered, isOrphan }: Descent<T>,
): void {
  const stack: Branch<T>[] = [{ item: start, depth: 0, isOrphan }];
  for (let branch = stack.pop(); branch !== undefined; branch = stack.pop()) {
    if (seen.has(branch.item)) {
      continue;
    }
    seen.add(branch.item);
    ordered.push(branch);
    const { spanId } = branch.item.place;
    const depth = branch.depth + 1;
    // The last one pushed comes out first. A span without an id has no children.
    const own = spanId === "" ? [] : (children.get(spanId) ?? []);
    stack.push(...own.toReversed().map((item) => ({ item, depth, isOrphan: false })));
  }
}
