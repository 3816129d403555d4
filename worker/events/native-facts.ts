/** What a native event can be looked up by: its service, and the tokens of its values. */
import { KindNumber, TOKEN_KEYS, type TokenKind, type TokenSets, tokenOf } from "./tokens.ts";

/** The parts of a native event in which a reader looks for something. */
export interface NativeParts {
  readonly eventType: string;
  /** the members at the top level */
  readonly members: Readonly<Record<string, unknown>>;
  readonly data: unknown;
}

/** Below this many levels no values are looked for, and everything there counts as unknown. */
const DEPTH_LIMIT = 16;

/**
 * The service that a native event names: as the resource of an OTLP event would, else as `service`
 * in its data or at the top level.
 */
export function nativeService({ members, data }: NativeParts): string | undefined {
  const attributes = memberOf(memberOf(data, "resource"), "attributes");
  const service =
    memberOf(attributes, "service.name") ??
    memberOf(data, "service") ??
    memberOf(members, "service");
  return typeof service === "string" ? service : undefined;
}

/** Adds the tokens of an event. */
export function addNativeTokens(parts: NativeParts, tokens: TokenSets): void {
  const { eventType, members, data } = parts;
  addValue("event_type", eventType, tokens);
  for (const owner of [members, data]) {
    addValue("name", memberOf(owner, "name"), tokens);
    addValue("name", memberOf(owner, "event_name"), tokens);
    const trace = memberOf(owner, "trace_id");
    const token = typeof trace === "string" ? tokenOf("trace", trace) : undefined;
    // Anything but 32 hex digits cannot be asked for.
    if (token !== undefined) {
      tokens.addNumbered(KindNumber.trace, token);
    }
  }
  addKeyedValues(members, tokens, 0);
}

/** Adds the values of {@link TOKEN_KEYS} anywhere in a value. */
function addKeyedValues(value: unknown, tokens: TokenSets, depth: number): void {
  if (typeof value !== "object" || value === null) {
    return;
  }
  if (depth > DEPTH_LIMIT) {
    for (const kind of TOKEN_KEYS.values()) {
      tokens.forget(kind);
    }
    return;
  }
  if (Array.isArray(value)) {
    for (const element of value) {
      addKeyedValues(element, tokens, depth + 1);
    }
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    const kind = TOKEN_KEYS.get(key);
    if (kind !== undefined) {
      addValue(kind, member, tokens);
    }
    addKeyedValues(member, tokens, depth + 1);
  }
}

function addValue(kind: TokenKind, value: unknown, tokens: TokenSets): void {
  if (value === undefined) {
    return;
  }
  const isPlain =
    typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  const token = isPlain ? tokenOf(kind, String(value)) : undefined;
  if (token === undefined) {
    // A list, a map, null, or a number whose text is kept as it was sent (native-json.ts).
    tokens.forget(kind);
  } else {
    tokens.addNumbered(KindNumber[kind], token);
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
