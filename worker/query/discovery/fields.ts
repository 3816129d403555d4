/** Which fields the events of a range have, and which values a field has. */
import { memberOf } from "../../core/members.ts";
import { type Result, ok } from "../../core/result.ts";
import type { StoreError } from "../../store/store.ts";
import type { QueryContext } from "../context.ts";
import type { Field, Scope } from "../filter/expression.ts";
import { INTRINSICS, printField } from "../filter/fields.ts";
import { type Lookup, isList, isMap, lookupOf } from "../filter/lookup.ts";
import type { Question } from "../question.ts";
import { type ScanEnd, scan } from "../scan.ts";

/** A field, by the name a filter calls it. */
export interface FieldCount {
  readonly name: string;
  /** JSON types of its values: string, number, boolean, list, map, null */
  readonly types: readonly string[];
  /** events of this page that have it */
  readonly event_count: number;
}

/** The fields of a page. */
export interface Fields {
  /** most common first */
  readonly fields: readonly FieldCount[];
  readonly end: ScanEnd;
}

/** A value of a field. */
export interface ValueCount {
  readonly value: unknown;
  readonly event_count: number;
}

/** The values of a field on a page. */
export interface FieldValues {
  /** most common first */
  readonly values: readonly ValueCount[];
  readonly end: ScanEnd;
}

/** Distinct values of one page; a field with more has a value of its own in every event. */
export const VALUE_LIMIT = 1000;
/** Values are listed to be chosen from: longer texts are cut. */
export const VALUE_LIMIT_CHARACTERS = 256;

/**
 * Counts the fields of the newest events that match.
 *
 * @param limit events to look at
 */
export async function findFields(
  question: Question,
  limit: number,
  context: Pick<QueryContext, "store" | "density">,
): Promise<Result<Fields, StoreError>> {
  const found = new Map<string, { readonly types: Set<string>; count: number }>();
  const intrinsics = INTRINSICS.map((name): readonly [string, Lookup] => [
    name,
    lookupOf({ kind: "intrinsic", name }),
  ]);
  const end = await fold(question, { ...context, limit }, (event) => {
    const values = new Map([
      ...intrinsics.flatMap(([name, lookup]) => {
        const [value] = lookup(event);
        return value === undefined ? [] : [[name, value] as const];
      }),
      ...attributesOf(event),
    ]);
    for (const [name, value] of values) {
      const known = found.get(name) ?? { types: new Set(), count: 0 };
      known.types.add(typeOf(value));
      known.count += 1;
      found.set(name, known);
    }
  });
  return end.ok
    ? ok({
        fields: [...found]
          .map(([name, { types, count }]) => ({
            name,
            types: [...types].toSorted(),
            event_count: count,
          }))
          .toSorted(byCountThenName),
        end: end.value,
      })
    : end;
}

/**
 * Counts the values of one field in the newest events that match.
 *
 * @param limit events to look at
 */
export async function findValues(
  question: Question,
  { field, limit }: { readonly field: Field; readonly limit: number },
  context: Pick<QueryContext, "store" | "density">,
): Promise<Result<FieldValues, StoreError>> {
  const lookup = lookupOf(field);
  const found = new Map<string, { readonly value: unknown; count: number }>();
  const end = await fold(question, { ...context, limit }, (event) => {
    const distinct = new Map(
      lookup(event).map((value) => [JSON.stringify(shown(value)), shown(value)]),
    );
    for (const [key, value] of distinct) {
      const known = found.get(key);
      if (known !== undefined) {
        known.count += 1;
      } else if (found.size < VALUE_LIMIT) {
        found.set(key, { value, count: 1 });
      }
    }
  });
  return end.ok
    ? ok({
        values: [...found.values()]
          .map(({ value, count }) => ({ value, event_count: count }))
          .toSorted((left, right) => right.event_count - left.event_count),
        end: end.value,
      })
    : end;
}

async function fold(
  { query, budget, plan }: Question,
  { limit, store, density }: Pick<QueryContext, "store" | "density"> & { readonly limit: number },
  take: (event: unknown) => void,
): Promise<Result<ScanEnd, StoreError>> {
  let count = 0;
  return scan(
    query,
    {
      wantedEvents: limit,
      visit: ({ event }) => {
        take(event);
        count += 1;
        return count >= limit ? "limit" : undefined;
      },
    },
    { store, density, budget, plan },
  );
}

/** The attributes of an event, by the names filters call them; a native event's members. */
function attributesOf(event: unknown): readonly (readonly [string, unknown])[] {
  const data = memberOf(event, "data");
  if (!isMap(memberOf(data, "resource"))) {
    return entriesOf("any", data);
  }
  return [
    ...entriesOf("item", memberOf(data, "attributes")),
    ...entriesOf("resource", memberOf(memberOf(data, "resource"), "attributes")),
    ...entriesOf("scope", memberOf(memberOf(data, "scope"), "attributes")),
    ...partsOf("event", memberOf(data, "events")),
    ...partsOf("link", memberOf(data, "links")),
  ];
}

function partsOf(scope: Scope, parts: unknown): readonly (readonly [string, unknown])[] {
  return isList(parts)
    ? parts.flatMap((part) => entriesOf(scope, memberOf(part, "attributes")))
    : [];
}

function entriesOf(scope: Scope, attributes: unknown): readonly (readonly [string, unknown])[] {
  return isMap(attributes)
    ? Object.entries(attributes).map(
        ([key, value]) => [printField({ kind: "attribute", scope, key }), value] as const,
      )
    : [];
}

function typeOf(value: unknown): string {
  if (value === null) {
    return "null";
  }
  if (isList(value)) {
    return "list";
  }
  if (isMap(value)) {
    return "map";
  }
  return typeof value === "bigint" ? "number" : typeof value;
}

/** Durations are nanoseconds, as decimal text: JSON numbers would lose digits. */
function shown(value: unknown): unknown {
  if (typeof value === "bigint") {
    return String(value);
  }
  return typeof value === "string" && value.length > VALUE_LIMIT_CHARACTERS
    ? `${value.slice(0, VALUE_LIMIT_CHARACTERS)}…`
    : value;
}

function byCountThenName(left: FieldCount, right: FieldCount): number {
  if (left.event_count !== right.event_count) {
    return right.event_count - left.event_count;
  }
  return left.name < right.name ? -1 : 1;
}
