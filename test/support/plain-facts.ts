/** Facts as plain values: comparing objects does not look into the private fields of tokens. */
import type { SegmentFacts } from "../../worker/events/segment-facts.ts";
import { TOKEN_KINDS } from "../../worker/events/tokens.ts";

/** All that the facts say; tokens of each kind in ascending order, "unknown" where they are. */
export function plainFacts({ tokens, ...facts }: SegmentFacts): Readonly<Record<string, unknown>> {
  const values = TOKEN_KINDS.map((kind) => [
    kind,
    tokens.countOf(kind) === undefined ? "unknown" : tokens.tokensOf([kind]).toSorted(),
  ]);
  return { ...facts, tokens: values };
}
