/** Single values of OTLP/JSON, with the leniencies of docs/conformance: numbers as text, any hex case. */

const DECIMAL_INTEGER = /^-?\d+$/;
const NUMBER_TEXT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPELLED_INTEGER = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** 64 bits have at most 20 digits; what is spelled with more zeros is none that fits. */
const SPELLED_ZEROS_LIMIT = 40;
const HEX = /^[0-9a-fA-F]*$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
/** Decimal texts up to this long are below 2^63 for sure. */
const SAFE_DIGITS = 18;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * A 64-bit integer given as text or number.
 *
 * @returns canonical decimal text; undefined when it is no integer or out of range
 */
export function parseInteger64(value: unknown, signed: boolean): string | undefined {
  if (typeof value === "string" && DECIMAL_INTEGER.test(value)) {
    const canonical = value.length <= SAFE_DIGITS && value[0] !== "0" && value[0] !== "-";
    return canonical ? value : inRange(BigInt(value), signed);
  }
  if (typeof value === "number" && Number.isInteger(value)) {
    return inRange(BigInt(value), signed);
  }
  const spelled = typeof value === "string" ? parseIntegral(value) : undefined;
  return spelled === undefined ? undefined : inRange(spelled, signed);
}

/** `1.0`, `1e3`, `1234567890123456789.0`: integers in the spelling of a double, exactly. */
function parseIntegral(text: string): bigint | undefined {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = SPELLED_INTEGER.exec(text) ?? [];
  const zeros = Number(exponent) - fraction.length;
  if (whole === "" || Math.abs(zeros) > SPELLED_ZEROS_LIMIT) {
    return undefined;
  }
  const digits = whole + fraction;
  const kept = zeros < 0 ? digits.slice(0, zeros) : digits + "0".repeat(zeros);
  const cut = zeros < 0 ? digits.slice(zeros) : "";
  return /^0*$/.test(cut)
    ? BigInt(`${sign === "-" ? "-" : ""}${kept === "" ? "0" : kept}`)
    : undefined;
}

function inRange(value: bigint, signed: boolean): string | undefined {
  const fits = signed
    ? value >= INT64_MIN && value <= INT64_MAX
    : value >= 0n && value <= UINT64_MAX;
  return fits ? value.toString() : undefined;
}

/**
 * An integer of at most 32 bits given as number or text.
 *
 * @returns undefined when it is no integer or outside `min` to `max`
 */
export function parseInteger32(value: unknown, min: number, max: number): number | undefined {
  const number = parseDouble(value);
  return number !== undefined && Number.isInteger(number) && number >= min && number <= max
    ? number
    : undefined;
}

/** A double given as number, numeric text, "NaN", "Infinity" or "-Infinity". */
export function parseDouble(value: unknown): number | undefined {
  if (typeof value === "number") {
    return value;
  }
  if (typeof value !== "string") {
    return undefined;
  }
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") {
    return Number(value);
  }
  return NUMBER_TEXT.test(value) ? Number(value) : undefined;
}

/** Bytes given as base64: standard or URL-safe alphabet, padded or not (ProtoJSON). */
export function parseBase64(value: unknown): Uint8Array | undefined {
  if (typeof value !== "string" || !BASE64.test(value)) {
    return undefined;
  }
  const standard = value.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  if (standard.length % 4 === 1) {
    return undefined;
  }
  return Uint8Array.from(atob(standard), (character) => character.charCodeAt(0));
}

/** An id given as hex in either case. */
export type ParsedId =
  | { readonly kind: "none" }
  | { readonly kind: "id"; readonly hex: string }
  | { readonly kind: "bad"; readonly reason: string };

const NO_ID: ParsedId = { kind: "none" };

/**
 * A trace or span id. Absent, empty and all-zero ids are "none".
 *
 * @param lengthBytes 16 for trace ids, 8 for span ids
 */
export function parseId(value: unknown, lengthBytes: number): ParsedId {
  if (value === undefined || value === null || value === "") {
    return NO_ID;
  }
  const digits = lengthBytes * 2;
  if (typeof value !== "string") {
    return { kind: "bad", reason: `of type ${typeof value}; send ${digits} hex characters` };
  }
  if (value.length !== digits || !HEX.test(value)) {
    const hint = BASE64.test(value) && !HEX.test(value) ? ", which look like base64" : "";
    return {
      kind: "bad",
      reason: `of ${value.length} characters${hint}; send ${digits} hex characters`,
    };
  }
  return /^0+$/.test(value) ? NO_ID : { kind: "id", hex: value.toLowerCase() };
}
