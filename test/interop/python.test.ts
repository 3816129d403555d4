import { expect, it } from "vitest";

import { PYTHON_ATTRIBUTES } from "./expected/attributes.ts";
import { expectedPoints } from "./expected/points.ts";
import { TYPED_BODY, expectedRecords } from "./expected/records.ts";
import { expectedSpans } from "./expected/spans.ts";
import { PYTHON } from "./expected/traits.ts";
import { createRunId, parseReport } from "./support/client-report.ts";
import { toFlags } from "./support/flags.ts";
import { preparePython } from "./support/python-program.ts";
import { readRun } from "./support/read-run.ts";
import { runProgram } from "./support/run-program.ts";
import { requireToolchain } from "./support/toolchain.ts";
import { useGateway } from "./support/use-gateway.ts";

const emit = await preparePython();

requireToolchain("Python SDK", emit, ([python, program]) => {
  const gateway = useGateway();

  it.each(["none", "gzip"])(
    "gets every span, point and record back as it was sent, compression %s",
    async (compression) => {
      const runId = createRunId("python");
      const result = await runProgram(python, [
        program,
        ...toFlags({ endpoint: gateway.url, token: gateway.apiKey, "run-id": runId, compression }),
      ]);
      const sent = parseReport(result);
      const stored = await readRun(gateway, sent.service);

      expect(stored.spans).toEqual(
        expectedSpans(PYTHON, { runId, spans: sent.spans, attributes: PYTHON_ATTRIBUTES }),
      );
      expect(stored.points).toEqual(expectedPoints(PYTHON, runId));
      expect(stored.records).toEqual(expectedRecords(PYTHON, runId, TYPED_BODY));
    },
  );
});
