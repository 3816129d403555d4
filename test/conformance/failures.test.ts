/** OTLP/HTTP failures: bad data is 400 with details, and never a status that is retried. */
import { describe, expect, it } from "vitest";

import { exportBody } from "../support/otlp-requests.ts";
import { WAYS, post, statusOf, uniqueName } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const gateway = useBuiltGateway();
const BAD_BODIES = { protobuf: Uint8Array.of(0x0a, 0x10, 0x0a), json: '{"resourceSpans":[' };

describe.each(WAYS)("a body that cannot be decoded, $signal $encoding", (way) => {
  it("[SPEC:653] is 400, and nothing of it is stored", async () => {
    const service = uniqueName();
    const good = exportBody(way.signal, way.encoding, [{ name: "item", timeMs: 1, service }]);
    const answer = await post(gateway, way, good.slice(0, -1));

    expect(answer.status).toBe(400);
    expect(statusOf(answer, way.encoding).code).toBe(3);
    expect(await gateway.events({ service })).toEqual([]);
  });

  it("[SPEC:655] says in google.rpc.BadRequest what is wrong with what", async () => {
    const answer = await post(gateway, way, BAD_BODIES[way.encoding]);
    const [violation] = statusOf(answer, way.encoding).violations;

    expect(violation?.field).toMatch(/^Export\w+ServiceRequest$/);
    expect(violation?.description).toMatch(/^Cannot /);
  });

  it("[SPEC:642] is no status that a client retries, and has no Retry-After", async () => {
    for (const more of [{}, { path: "/" }, { isAuthorized: false }, { method: "PUT" }]) {
      const answer = await post(gateway, way, BAD_BODIES[way.encoding], more);

      expect([400, 401, 404, 405]).toContain(answer.status);
      expect(answer.headers["retry-after"]).toBeUndefined();
    }
  });
});
