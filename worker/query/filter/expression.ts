/** A condition on one event, as a tree: what parameters and `filter=` are parsed into. */

/** Where a field is looked for. */
export type Scope =
  /** the item's attributes (`span.`, `log.`, `metric.`), or the members of a native event's data */
  | "item"
  /** `resource.`: the attributes of the resource */
  | "resource"
  /** `scope.` or `instrumentation.`: the attributes of the instrumentation scope */
  | "scope"
  /** `event.`: the attributes of any span event */
  | "event"
  /** `link.`: the attributes of any span link */
  | "link"
  /** `.key`, or a bare dotted key: item, then span events, then resource */
  | "any";

/** Fields every event may have, whatever its type; where they stand is the evaluator's business. */
export type Intrinsic =
  | "event_type"
  | "service"
  | "name"
  | "kind"
  | "level"
  | "status"
  | "status_message"
  | "trace_id"
  | "span_id"
  | "parent_span_id"
  | "device_id"
  | "session_id"
  | "correlation_id"
  | "batch_id"
  | "category"
  | "duration"
  | "body"
  | "scope_name";

/** What a comparison looks at. */
export type Field =
  | { readonly kind: "intrinsic"; readonly name: Intrinsic }
  | { readonly kind: "attribute"; readonly scope: Scope; readonly key: string };

/** How field and value are compared; `=~` and `!~` match the whole text. */
export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "=~" | "!~";

/** What a field is compared with. `nil` is the value of a field that is not there. */
export type Literal =
  | { readonly kind: "string"; readonly value: string }
  /** `text` is the number as it was written: 64-bit integers are compared digit by digit */
  | { readonly kind: "number"; readonly value: number; readonly text: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  /** nanoseconds */
  | { readonly kind: "duration"; readonly value: bigint }
  | { readonly kind: "nil" };

/** A condition. An empty `and` holds for every event, an empty `or` for none. */
export type Expression =
  | { readonly kind: "and" | "or"; readonly of: readonly Expression[] }
  | { readonly kind: "not"; readonly of: Expression }
  | {
      readonly kind: "comparison";
      readonly field: Field;
      readonly operator: Operator;
      readonly value: Literal;
    }
  /** `q`: a text that stands anywhere in the event's names and values */
  | { readonly kind: "text"; readonly needle: string };

/** Holds for every event. */
export const ALWAYS: Expression = { kind: "and", of: [] };

/** Whether an intrinsic is one of some texts; of none it never is. */
export function isOneOf(name: Intrinsic, texts: readonly string[]): Expression {
  return {
    kind: "or",
    of: texts.map((value) => ({
      kind: "comparison",
      field: { kind: "intrinsic", name },
      operator: "=",
      value: { kind: "string", value },
    })),
  };
}

/** Both conditions. */
export function both(left: Expression, right: Expression): Expression {
  return { kind: "and", of: [left, right] };
}
