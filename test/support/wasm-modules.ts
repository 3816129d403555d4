/** Makes `import module from "….wasm"` mean on Node what it means in the Worker. */
import type { Plugin } from "vitest/config";

/**
 * A plugin for test projects that run on Node: the import gives a `WebAssembly.Module`, as
 * wrangler's does. The file is read when a test file runs, so a watched run never sees an old one.
 */
export function wasmModules(): Plugin {
  return {
    name: "wasm-modules",
    // Vite itself refuses such an import.
    enforce: "pre",
    load(id) {
      if (!id.endsWith(".wasm")) {
        return undefined;
      }

      return [
        `import { readFileSync } from "node:fs";`,
        `export default new WebAssembly.Module(readFileSync(${JSON.stringify(id)}));`,
      ].join("\n");
    },
  };
}
