/** The compiled transcoder reaches the Worker, where nothing may be compiled from bytes. */
import { describe, expect, it } from "vitest";

import transcoderModule from "../../worker/transcoder/build/transcoder.wasm";
import { HOST_FUNCTIONS, spanTextOf } from "../support/transcoder-module.ts";

describe("the transcoder's module, imported in workerd", () => {
  it("is compiled, and asks its host for what it cannot do", () => {
    const imports = WebAssembly.Module.imports(transcoderModule);

    expect(transcoderModule).toBeInstanceOf(WebAssembly.Module);
    expect(imports.map(({ module, name, kind }) => `${kind} ${module}.${name}`).toSorted()).toEqual(
      HOST_FUNCTIONS,
    );
  });

  it("transcodes a span", () => {
    expect(spanTextOf(transcoderModule)).toBe(
      '{"event_type":"span","data":{"resource":{},"scope":{},"name":"n"},"received_at":1,"batch_id":"b"}\n',
    );
  });
});
