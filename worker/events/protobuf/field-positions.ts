/** Remembers where an item's fields stand, for what is read of them after they were written. */
import { WireReader } from "../../otlp/protobuf/reader.ts";

const EMPTY_READER = new WireReader(new Uint8Array(0));

/** Where the values of an item's fields start, by field number; -1 where a field is absent. */
export class FieldPositions {
  readonly at = new Int32Array(32);
  /** the reader that the positions refer to */
  reader: WireReader = EMPTY_READER;

  /** Forgets all positions. */
  reset(reader: WireReader): void {
    this.at.fill(-1);
    this.reader = reader;
  }

  /** Whether the field was on the wire. */
  has(number: number): boolean {
    return (this.at[number] ?? -1) >= 0;
  }

  /** The reader, moved to the field's value; the field must be there. */
  seek(number: number): WireReader {
    this.reader.position = this.at[number] ?? 0;
    return this.reader;
  }
}
