/** The transcoder for programs that Node runs without a bundler, which cannot import a .wasm. */
import { readFileSync } from "node:fs";

import { TRANSCODER_FILE, buildTranscoder } from "./transcoder/build.ts";

/**
 * Compiles the transcoder of the checkout; built before, if it is not there or older than its source.
 *
 * @returns what `import transcoderModule from "./transcoder/build/transcoder.wasm"` is in the Worker
 * @throws Error when it cannot be built
 */
export function loadTranscoderModule(): WebAssembly.Module {
  buildTranscoder();
  // Types know the constructor as abstract, because workerd has none: it never compiles bytes.
  const module: unknown = Reflect.construct(WebAssembly.Module, [readFileSync(TRANSCODER_FILE)]);
  if (!(module instanceof WebAssembly.Module)) {
    throw new TypeError("Cannot load the transcoder: the constructor made no WebAssembly.Module");
  }

  return module;
}
