/** The compiled transcoder reaches programs on Node; test/worker has the same for workerd. */
import { describe, expect, it } from "vitest";

import { loadTranscoderModule } from "../../scripts/transcoder-module.ts";
import transcoderModule from "../../worker/transcoder/build/transcoder.wasm";
import { HOST_FUNCTIONS, spanTextOf } from "../support/transcoder-module.ts";

describe.each([
  ["imported as in the Worker", transcoderModule],
  ["loaded without a bundler", loadTranscoderModule()],
])("the transcoder's module, %s", (_, module) => {
  it("asks its host for what it cannot do, and for nothing else", () => {
    const imports = WebAssembly.Module.imports(module);

    expect(
      imports.map(({ module: from, name, kind }) => `${kind} ${from}.${name}`).toSorted(),
    ).toEqual(HOST_FUNCTIONS);
  });

  it("gives out its memory and functions only", () => {
    const exports = WebAssembly.Module.exports(module);

    expect(exports.filter(({ kind }) => kind === "memory").map(({ name }) => name)).toEqual([
      "memory",
    ]);
    expect(new Set(exports.map(({ kind }) => kind))).toEqual(new Set(["function", "memory"]));
  });

  it("transcodes a span", () => {
    expect(spanTextOf(module)).toBe(
      '{"event_type":"span","data":{"resource":{},"scope":{},"name":"n"},"received_at":1,"batch_id":"b"}\n',
    );
  });
});
