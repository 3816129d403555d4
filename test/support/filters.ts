/** Random conditions in the shape that the parser gives them. */
import fc from "fast-check";

import type {
  Expression,
  Field,
  Intrinsic,
  Literal,
  Operator,
  Scope,
} from "../../worker/query/filter/expression.ts";

/** What random conditions are made of: few values, so that they meet the events of a test. */
export interface Vocabulary {
  readonly texts: fc.Arbitrary<string>;
  readonly keys: fc.Arbitrary<string>;
  readonly patterns: fc.Arbitrary<string>;
  readonly numbers: fc.Arbitrary<string>;
  readonly ids: fc.Arbitrary<string>;
}

const TEXT_INTRINSICS = [
  "event_type",
  "service",
  "name",
  "status_message",
  "device_id",
  "session_id",
  "correlation_id",
  "batch_id",
  "category",
  "body",
  "scope_name",
] as const satisfies readonly Intrinsic[];
const IDS = ["trace_id", "span_id", "parent_span_id"] as const satisfies readonly Intrinsic[];
const WORDS = ["status", "kind"] as const satisfies readonly Intrinsic[];
const SCOPES = [
  "item",
  "resource",
  "scope",
  "event",
  "link",
  "any",
] as const satisfies readonly Scope[];

const equality = fc.constantFrom<Operator>("=", "!=");
const ordering = fc.constantFrom<Operator>("=", "!=", "<", "<=", ">", ">=");
const matching = fc.constantFrom<Operator>("=~", "!~");

/** Any condition; `and` and `or` have no members or several, as parsed ones do. */
export function expressions(vocabulary: Vocabulary): fc.Arbitrary<Expression> {
  const comparison = comparisons(vocabulary);
  const text = vocabulary.texts
    .filter((needle) => needle !== "")
    .map((needle): Expression => ({ kind: "text", needle }));
  return fc.letrec<{ any: Expression }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 8, arbitrary: comparison },
      { weight: 1, arbitrary: text },
      {
        weight: 1,
        arbitrary: fc.constantFrom<Expression>({ kind: "and", of: [] }, { kind: "or", of: [] }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constantFrom("and" as const, "or" as const),
          of: fc.array(tie("any"), { minLength: 2, maxLength: 3 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("not" as const), of: tie("any") }) },
    ),
  })).any;
}

function comparisons(vocabulary: Vocabulary): fc.Arbitrary<Expression> {
  const { texts, keys, numbers, ids } = vocabulary;
  const attribute: fc.Arbitrary<Field> = fc.record({
    kind: fc.constant("attribute" as const),
    scope: fc.constantFrom(...SCOPES),
    key: keys,
  });
  const text = fc.oneof(intrinsic(...TEXT_INTRINSICS), attribute);
  const anyField = fc.oneof(text, intrinsic(...WORDS, ...IDS, "duration", "level"));
  const string = texts.map((value): Literal => ({ kind: "string", value }));
  const number = numbers.map((value): Literal => ({
    kind: "number",
    value: Number(value),
    text: value,
  }));
  const boolean = fc.boolean().map((value): Literal => ({ kind: "boolean", value }));
  const nanos = fc.oneof(fc.bigInt(0n, 20_000_000n), fc.bigInt(0n, 2n ** 62n));
  return fc.oneof(
    { weight: 6, arbitrary: compare(text, ordering, string) },
    { weight: 3, arbitrary: compare(text, ordering, number) },
    { weight: 1, arbitrary: compare(text, equality, boolean) },
    { weight: 3, arbitrary: compare(anyField, equality, fc.constant<Literal>({ kind: "nil" })) },
    {
      weight: 2,
      arbitrary: compare(
        fc.oneof(text, intrinsic(...WORDS, "level")),
        matching,
        vocabulary.patterns.map((value): Literal => ({ kind: "string", value })),
      ),
    },
    {
      weight: 3,
      arbitrary: compare(
        intrinsic("level"),
        ordering,
        fc
          .constantFrom("trace", "debug", "info", "warn", "warning", "error", "fatal")
          .map((value): Literal => ({ kind: "string", value })),
      ),
    },
    {
      weight: 3,
      arbitrary: compare(
        intrinsic(...WORDS),
        equality,
        fc
          .constantFrom("ok", "error", "unset", "client", "server", "unspecified", "failed")
          .map((value): Literal => ({ kind: "string", value })),
      ),
    },
    {
      weight: 3,
      arbitrary: compare(
        intrinsic(...IDS),
        ordering,
        ids.map((value): Literal => ({ kind: "string", value })),
      ),
    },
    {
      weight: 3,
      arbitrary: compare(
        intrinsic("duration"),
        ordering,
        nanos.map((value): Literal => ({ kind: "duration", value })),
      ),
    },
  );
}

function intrinsic(...names: readonly Intrinsic[]): fc.Arbitrary<Field> {
  return fc.constantFrom(...names).map((name): Field => ({ kind: "intrinsic", name }));
}

function compare(
  field: fc.Arbitrary<Field>,
  operator: fc.Arbitrary<Operator>,
  value: fc.Arbitrary<Literal>,
): fc.Arbitrary<Expression> {
  return fc.record({ kind: fc.constant("comparison" as const), field, operator, value });
}
