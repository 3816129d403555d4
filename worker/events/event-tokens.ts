/** What a native event can be looked up by: the tokens of its values, and its service. */
import { memberOf } from "../core/members.ts";
import { TOKEN_KEYS, type TokenKind, type TokenSets, tokenOf } from "./tokens.ts";

/** Below this many levels no values are looked for, and everything there counts as unknown. */
const DEPTH_LIMIT = 16;
/** The name of a span's status code; native events use the same word. */
const ERROR_STATUS = "error";

/**
 * The service that a native event names: as the resource of an OTLP event would, else as `service`
 * in its data or at the top level.
 */
export function nativeService(event: unknown): string | undefined {
  const data = memberOf(event, "data");
  const attributes = memberOf(memberOf(data, "resource"), "attributes");
  const service =
    memberOf(attributes, "service.name") ?? memberOf(data, "service") ?? memberOf(event, "service");
  return typeof service === "string" ? service : undefined;
}

/** Whether a native event says anywhere that its status is `error`, as a filter may ask for it. */
export function hasErrorStatus(event: unknown): boolean {
  const inData = memberOf(memberOf(event, "data"), "status");
  return [memberOf(inData, "code"), inData, memberOf(event, "status")].includes(ERROR_STATUS);
}

/** Adds the tokens of an event. */
export function addEventTokens(event: unknown, tokens: TokenSets): void {
  addValue("event_type", memberOf(event, "event_type"), tokens);
  for (const owner of [event, memberOf(event, "data")]) {
    addValue("name", memberOf(owner, "name"), tokens);
    addValue("name", memberOf(owner, "event_name"), tokens);
    const trace = memberOf(owner, "trace_id");
    const token = typeof trace === "string" ? tokenOf("trace", trace) : undefined;
    // Anything but 32 hex digits cannot be asked for.
    if (token !== undefined) {
      tokens.add("trace", token);
    }
  }
  addKeyedValues(event, tokens, 0);
}

/** Adds the values of {@link TOKEN_KEYS} anywhere in a value. */
function addKeyedValues(value: unknown, tokens: TokenSets, depth: number): void {
  if (typeof value !== "object" || value === null) {
    return;
  }
  if (depth > DEPTH_LIMIT) {
    forgetAll(TOKEN_KEYS.values(), tokens);
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
    tokens.add(kind, token);
  }
}

function forgetAll(kinds: Iterable<TokenKind>, tokens: TokenSets): void {
  for (const kind of kinds) {
    tokens.forget(kind);
  }
}
