/** For programs that Node runs without a bundler, and that import a file which imports a .wasm. */
import { registerHooks } from "node:module";
import { URL } from "node:url";

import { buildTranscoder } from "./transcoder/build.ts";

const TRANSCODER_MODULE = new URL("transcoder-module.ts", import.meta.url).href;

/**
 * Makes `import transcoderModule from "….wasm"` mean what it means in the Worker: Node would make an
 * instance, and look for what that imports. Only imports that come after the call are changed, which
 * is why the caller must use `import()`.
 *
 * @throws Error when the transcoder cannot be built
 */
export function allowWasmImports(): void {
  // Node looks for the file before it asks how to load it.
  buildTranscoder();
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.endsWith(".wasm")) {
        return nextLoad(url, context);
      }
      const source = [
        `import { loadTranscoderModule } from ${JSON.stringify(TRANSCODER_MODULE)};`,
        "export default loadTranscoderModule();",
      ].join("\n");
      return { format: "module", source, shortCircuit: true };
    },
  });
}
