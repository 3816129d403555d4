import { toFlags } from "../support/flags.ts";
import { COMPRESSIONS, RUN_ID, type Recording, protobufEnding, runGo } from "./recording.ts";

/** Versions of the exporters in test/interop/go/current/go.mod. */
const CURRENT = { traces: "1.47.0", metrics: "1.47.0", logs: "0.23.0" };
/** Versions of the exporters in test/interop/go/pryx-pins/go.mod. */
const PRYX = { traces: "1.34.0", metrics: "1.40.0" };
/** Full batches of the SDK: what a busy process sends at once. */
const BULK_ITEMS = 512;

/** Recordings of the two Go programs. */
export const GO_RECORDINGS: readonly Recording[] = [
  ...COMPRESSIONS.flatMap((compression) => [
    recordScenario(compression),
    recordRuntime(compression),
  ]),
  {
    files: [`traces_go_${CURRENT.traces}.json`],
    run: async (receiver) => {
      const flags = toFlags({ "run-id": RUN_ID, signals: "traces", encoding: "json" });
      await runGo("current", receiver, flags);
    },
  },
  {
    files: ["traces", "metrics", "logs"].map((signal) => `${signal}_go_${BULK_ITEMS}.bin`),
    run: async (receiver) => {
      const items = String(BULK_ITEMS);
      await runGo("current", receiver, toFlags({ "run-id": "bulk", workload: "bulk", items }));
    },
  },
];

function recordScenario(compression: (typeof COMPRESSIONS)[number]): Recording {
  const ending = protobufEnding(compression);

  return {
    files: [
      `traces_go_${CURRENT.traces}${ending}`,
      `metrics_go_${CURRENT.metrics}${ending}`,
      `metrics_go_${CURRENT.metrics}_delta${ending}`,
      `logs_go_${CURRENT.logs}${ending}`,
    ],
    run: async (receiver) => {
      await runGo("current", receiver, toFlags({ "run-id": RUN_ID, compression }));
    },
  };
}

function recordRuntime(compression: (typeof COMPRESSIONS)[number]): Recording {
  const ending = protobufEnding(compression);

  return {
    files: [`traces_go-pryx_${PRYX.traces}${ending}`, `metrics_go-pryx_${PRYX.metrics}${ending}`],
    run: async (receiver) => {
      await runGo("pryx-pins", receiver, toFlags({ "run-id": RUN_ID, compression }));
    },
  };
}
