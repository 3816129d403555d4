/** The transcoder for tests, in Node and in workerd. */
import transcoderModule from "../../worker/transcoder/build/transcoder.wasm";
import { Transcoder } from "../../worker/transcoder/transcoder.ts";

/** Makes a transcoder that has not seen any request. */
export function makeTranscoder(): Transcoder {
  return new Transcoder(transcoderModule);
}
