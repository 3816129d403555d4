import { emit } from "../js/emit.ts";
import type { JsRun } from "../js/options.ts";
import { RUN_ID, type Recording, TOKEN, protobufEnding } from "./recording.ts";

/** Versions of the installed exporters: the -otlp-proto and the -otlp-http packages. */
const VERSIONS = {
  protobuf: { traces: "0.301.1", metrics: "0.301.0", logs: "0.301.0" },
  json: { traces: "0.301.0", metrics: "0.301.0", logs: "0.301.0" },
};

const VARIANTS: readonly Pick<JsRun, "encoding" | "compression">[] = [
  { encoding: "protobuf", compression: "none" },
  { encoding: "protobuf", compression: "gzip" },
  { encoding: "json", compression: "none" },
];

/** Recordings of the JavaScript program. */
export const JAVASCRIPT_RECORDINGS: readonly Recording[] = VARIANTS.map((variant) => {
  const { traces, metrics, logs } = VERSIONS[variant.encoding];
  const ending = variant.encoding === "json" ? ".json" : protobufEnding(variant.compression);

  return {
    files: [
      `traces_js_${traces}${ending}`,
      `metrics_js_${metrics}${ending}`,
      `metrics_js_${metrics}_delta${ending}`,
      `logs_js_${logs}${ending}`,
    ],
    run: async (receiver) => {
      const target = { endpoint: receiver.url, token: TOKEN, runId: RUN_ID };
      const { complaints } = await emit({ ...target, ...variant });
      if (complaints.length > 0) {
        throw new Error(`Cannot record the JavaScript client: ${complaints.join("; ")}`);
      }
    },
  };
});
