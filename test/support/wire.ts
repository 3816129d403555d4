/** The protobuf wire format by hand, to build what no encoder writes. */

/** Wire types by name. */
export const Wire = {
  varint: 0,
  fixed64: 1,
  length: 2,
  startGroup: 3,
  endGroup: 4,
  fixed32: 5,
} as const;

/** One field as it stands on the wire; `content` without the length in front of it. */
export interface RawField {
  readonly number: number;
  readonly wireType: number;
  readonly content: Uint8Array;
}

/** Joins pieces. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * A varint.
 *
 * @param padding groups of zeros behind the value: legal, but no encoder writes them
 */
export function varint(value: bigint | number, padding = 0): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn));
    rest >>= 7n;
  } while (rest > 0n);
  bytes.push(...Array.from({ length: padding }, () => 0));
  return Uint8Array.from(bytes, (byte, index) => (index + 1 < bytes.length ? byte | 0x80 : byte));
}

/** A tag. */
export function tag(number: number, wireType: number): Uint8Array {
  return varint(BigInt(number) * 8n + BigInt(wireType));
}

/** A length-delimited field. */
export function lengthField(number: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(...contents);
  return concat(tag(number, Wire.length), varint(content.length), content);
}

/** A varint field. */
export function varintField(number: number, value: bigint | number): Uint8Array {
  return concat(tag(number, Wire.varint), varint(value));
}

/** A field as bytes. */
export function renderField({ number, wireType, content }: RawField, padding = 0): Uint8Array {
  return wireType === Wire.length
    ? concat(tag(number, wireType), varint(content.length, padding), content)
    : concat(tag(number, wireType), content);
}

/** Takes a message apart; only for bytes that an encoder wrote. */
export function splitFields(bytes: Uint8Array): readonly RawField[] {
  const fields: RawField[] = [];
  let at = 0;
  while (at < bytes.length) {
    const head = readVarint(bytes, at);
    const wireType = head.value % 8;
    let start = head.next;
    let end: number;
    switch (wireType) {
      case Wire.varint:
        end = readVarint(bytes, start).next;
        break;
      case Wire.fixed64:
        end = start + 8;
        break;
      case Wire.fixed32:
        end = start + 4;
        break;
      case Wire.length: {
        const length = readVarint(bytes, start);
        start = length.next;
        end = start + length.value;
        break;
      }
      default:
        throw new Error(`no encoder writes wire type ${wireType}`);
    }
    fields.push({
      number: Math.floor(head.value / 8),
      wireType,
      content: bytes.slice(start, end),
    });
    at = end;
  }
  return fields;
}

/** Reads a varint below 2^53 (or any varint, if only `next` is used). */
function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let at = start;
  for (;;) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    at += 1;
    if (byte < 0x80) {
      return { value, next: at };
    }
  }
}
