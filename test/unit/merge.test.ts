import { describe, expect, it } from "vitest";

import { tryTranscode } from "../support/transcode.ts";

describe("a message that would have to be merged", () => {
  // Found by test/property/hostile-bytes.test.ts: the canonical form was sought again and again.
  it("is refused when what follows its repeated field does not parse", () => {
    // resource_spans { scope_spans { spans { name "a", name "b", span_id of 50 bytes, all missing } } }
    const body = Uint8Array.from(Buffer.from("0a0c120a12082a01612a01621232", "hex"));

    expect(tryTranscode({ signal: "traces", encoding: "protobuf", body })).toEqual({
      reason:
        "Cannot decode ExportTraceServiceRequest as protobuf: a length reaches beyond the end of its message, at byte 14",
    });
  });
});
