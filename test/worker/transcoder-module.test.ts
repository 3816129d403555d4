/** The compiled transcoder reaches the Worker, where nothing may be compiled from bytes. */
import { describe, expect, it } from "vitest";

import transcoderModule from "../../worker/transcoder/build/transcoder.wasm";

describe("the transcoder's module, imported in workerd", () => {
  it("is compiled and asks nothing of its host", () => {
    expect(transcoderModule).toBeInstanceOf(WebAssembly.Module);
    expect(WebAssembly.Module.imports(transcoderModule)).toEqual([]);
  });

  it("shares its memory and can be called", () => {
    const { memory, answer } = new WebAssembly.Instance(transcoderModule).exports;

    expect(memory).toBeInstanceOf(WebAssembly.Memory);
    expect(typeof answer === "function" && Reflect.apply(answer, undefined, [])).toBe(42);
  });
});
