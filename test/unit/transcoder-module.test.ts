/** The compiled transcoder reaches programs on Node; test/worker has the same for workerd. */
import { describe, expect, it } from "vitest";

import { loadTranscoderModule } from "../../scripts/transcoder-module.ts";
import transcoderModule from "../../worker/transcoder/build/transcoder.wasm";

describe.each([
  ["imported as in the Worker", transcoderModule],
  ["loaded without a bundler", loadTranscoderModule()],
])("the transcoder's module, %s", (_, module) => {
  it("asks nothing of its host", () => {
    expect(WebAssembly.Module.imports(module)).toEqual([]);
  });

  it("shares its memory and can be called", () => {
    const { memory, answer } = new WebAssembly.Instance(module).exports;

    expect(memory).toBeInstanceOf(WebAssembly.Memory);
    expect(typeof answer === "function" && Reflect.apply(answer, undefined, [])).toBe(42);
  });
});
