/** What stands in the store when the examples of docs/api.md are asked: a payment that fails. */
import { exportRequest } from "../../test/support/otlp-requests.ts";
import { START_MS, type TestGateway, createTestGateway } from "../../test/support/test-gateway.ts";
import { spansRequest } from "../../test/support/trace-spans.ts";
import { ok } from "../../worker/core/result.ts";

/** The trace that the examples ask for. */
export const TRACE_ID = "5b8efff798038103d269b633813fc60c";
/** Of the log record of the trace. */
const ERROR_SEVERITY = 17;
const SECOND_MS = 1000;

/** A gateway that lets everybody in: Node lacks the comparison of keys that workerd has. */
export function openGateway(): TestGateway {
  return createTestGateway({ authenticate: async () => ok(undefined) });
}

/** Sends a request and throws when it is not taken. */
export async function sendAll(gateway: TestGateway, requests: readonly Request[]): Promise<void> {
  for (const request of requests) {
    gateway.clock.nowMs += SECOND_MS;
    const answer = await gateway.send(request);
    if (!answer.ok) {
      throw new Error(`Cannot send ${request.url}: ${answer.status} ${await answer.text()}`);
    }
  }
}

/** A gateway in which the story has happened. */
export async function gatewayWithStory(): Promise<TestGateway> {
  const gateway = openGateway();
  await sendAll(gateway, [
    spansRequest([
      {
        name: "GET /cart",
        service: "shop",
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        startMs: START_MS,
        durationMs: 12,
        attributes: { "http.route": "/cart" },
      },
    ]),
    spansRequest([
      {
        name: "POST /pay",
        service: "shop",
        traceId: TRACE_ID,
        spanId: "eee19b7ec3c1b174",
        startMs: START_MS,
        durationMs: 180,
        attributes: { "http.route": "/pay" },
      },
    ]),
    spansRequest([
      {
        name: "charge",
        service: "bank",
        traceId: TRACE_ID,
        spanId: "eee19b7ec3c1b175",
        parentId: "eee19b7ec3c1b174",
        startMs: START_MS + 20,
        durationMs: 150,
        isError: true,
      },
    ]),
    exportRequest("logs", {
      encoding: "json",
      items: [
        {
          name: "card.declined",
          service: "bank",
          traceId: TRACE_ID,
          timeMs: START_MS + 160,
          severity: ERROR_SEVERITY,
          padding: "the card was declined",
        },
      ],
    }),
    exportRequest("metrics", {
      encoding: "json",
      items: [{ name: "payments", service: "bank", timeMs: START_MS + 200 }],
    }),
  ]);
  return gateway;
}
