/**
 * The OTLP messages as tables in memory. The host writes them once, from the vendored .proto files
 * (../schema-image.ts, which must know this layout); a new proto field changes nothing here.
 */

/** How a field's value is read and written: the numbers of `Kind` in worker/otlp/schema.ts. */
export namespace Kind {
  export const bool: u32 = 0;
  export const int32: u32 = 1;
  export const uint32: u32 = 2;
  export const sint32: u32 = 3;
  export const enumeration: u32 = 4;
  export const fixed32: u32 = 5;
  export const int64: u32 = 6;
  export const uint64: u32 = 7;
  export const fixed64: u32 = 8;
  export const sfixed64: u32 = 9;
  export const double: u32 = 10;
  export const string: u32 = 11;
  export const bytes: u32 = 12;
  export const traceId: u32 = 13;
  export const spanId: u32 = 14;
  export const anyValue: u32 = 15;
  export const keyValues: u32 = 16;
  export const message: u32 = 17;
  export const envelope: u32 = 18;
}

/** Bits of {@link Field.flags}. */
export namespace Flag {
  export const repeated: u32 = 1;
  /** a zero that was sent is kept */
  export const keepsZero: u32 = 2;
  /** repeated scalars, which may come packed */
  export const packable: u32 = 4;
  export const inOneof: u32 = 8;
}

/** One field of a message. */
@unmanaged
export class Field {
  kind: u8;
  number: u8;
  wireType: u8;
  flags: u8;
  /** bit set of the field numbers that must not come before it: its own and its oneof siblings */
  conflicts: u32;
  /** `,"name":`, padded to whole vectors */
  member: usize;
  memberLength: u32;
  /** of a message field, else 0 */
  message: Message;
  /** where the texts of enum members stand: {@link EnumText} by number */
  enumTexts: usize;
  enumCount: u32;
  /** index of the message that it belongs to */
  owner: u32;
}

/** The short name of an enum member, in quotes. */
@unmanaged
export class EnumText {
  text: usize;
  length: u32;
}

/** One message: {@link FIELD_LIMIT} fields by their numbers follow its index. */
@unmanaged
export class Message {
  index: u32;
}

/** Fields are found by their numbers, all of which are smaller. */
const FIELD_LIMIT: u32 = 32;

/** A field by its number; null when the message has none. */
export function fieldOf(message: Message, number: u32): Field {
  return number < FIELD_LIMIT
    ? changetype<Field>(load<usize>(changetype<usize>(message) + (number << 2), 4))
    : changetype<Field>(0);
}

/** Whether a tag's wire type fits the field it names: packed and unpacked scalars both do. */
export function fitsWireType(field: Field, tag: u32): bool {
  const wireType = tag & 7;
  return wireType == field.wireType || (wireType == 2 && (field.flags & Flag.packable) != 0);
}

/** What the items of a request are. */
export namespace ItemKind {
  export const span: u32 = 0;
  export const dataPoint: u32 = 1;
  export const logRecord: u32 = 2;
}

/** One signal's request: what its items are, and where its parts stand. */
@unmanaged
export class Shape {
  /** one of {@link ItemKind} */
  itemKind: u32;
  /** the one field of the request: the list of resource containers */
  resources: Field;
  resourceContainer: Message;
  /** the resource, in its container */
  resource: Field;
  resourceSchemaUrl: Field;
  scopes: Field;
  scopeContainer: Message;
  scope: Field;
  scopeSchemaUrl: Field;
  items: Field;
  /** `{"event_type":"…","data":{"resource":` */
  opening: usize;
  openingLength: u32;
}

/** Messages that are not found through a field of another, set by the host. */
export class Messages {
  static anyValue: Message = changetype<Message>(0);
  static keyValue: Message = changetype<Message>(0);
  static keyValueList: Message = changetype<Message>(0);
  static arrayValue: Message = changetype<Message>(0);
}
