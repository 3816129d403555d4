import { toFlags } from "../support/flags.ts";
import { preparePython } from "../support/python-program.ts";
import {
  COMPRESSIONS,
  RUN_ID,
  type Recording,
  TOKEN,
  mustBeReady,
  mustSucceed,
  protobufEnding,
} from "./recording.ts";

/** Version of the exporter in test/interop/python/requirements.txt. */
const VERSION = "1.45.0";

/** Recordings of the Python program. */
export const PYTHON_RECORDINGS: readonly Recording[] = COMPRESSIONS.map((compression) => {
  const ending = protobufEnding(compression);

  return {
    files: [
      `traces_python_${VERSION}${ending}`,
      `metrics_python_${VERSION}${ending}`,
      `metrics_python_${VERSION}_delta${ending}`,
      `logs_python_${VERSION}${ending}`,
    ],
    run: async (receiver) => {
      const [python, program] = mustBeReady(await preparePython());
      const target = { endpoint: receiver.url, token: TOKEN };
      const flags = toFlags({ ...target, "run-id": RUN_ID, compression });
      await mustSucceed(python, [program, ...flags]);
    },
  };
});
