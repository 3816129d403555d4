/** Remembers where an item's fields stand, for what is read of them after they were written. */
import { WireReader } from "../../otlp/protobuf/reader.ts";

/** Lengths below this take one byte. */
const ONE_BYTE_LIMIT = 0x80;
const EMPTY_READER = new WireReader(new Uint8Array(0));

/** Where the values of an item's fields start, by field number. */
export class FieldPositions {
  /** positions; what stands at the number of a field that is absent means nothing */
  readonly at = new Int32Array(32);
  /** bit set of the numbers of the fields that were on the wire */
  present = 0;
  /** bit set of the ids that are right in length and not all zeros */
  validIds = 0;
  /** bit set of the ids that are of wrong length */
  badIds = 0;
  /** the reader that the positions refer to */
  reader: WireReader = EMPTY_READER;

  /** Forgets everything. */
  reset(reader: WireReader): void {
    this.reader = reader;
    this.present = 0;
    this.validIds = 0;
    this.badIds = 0;
  }

  /** Lets go of the reader and its bytes. */
  release(): void {
    this.reader = EMPTY_READER;
  }

  /** Whether the field was on the wire. */
  has(number: number): boolean {
    return (this.present & (1 << number)) !== 0;
  }

  /** Whether an id was on the wire, right in length and not all zeros. */
  hasId(number: number): boolean {
    return (this.validIds & (1 << number)) !== 0;
  }

  /** Where the content of a string, of bytes or of an id ends; moves the reader to its start. */
  endOf(number: number): number {
    const { reader } = this;
    const at = this.at[number] ?? 0;
    const length = reader.bytes[at] ?? 0;
    if (length < ONE_BYTE_LIMIT) {
      reader.position = at + 1;
      return at + 1 + length;
    }
    reader.position = at;
    return reader.readEnd(reader.bytes.length);
  }

  /** The reader, moved to the field's value; the field must be there. */
  seek(number: number): WireReader {
    this.reader.position = this.at[number] ?? 0;
    return this.reader;
  }
}
