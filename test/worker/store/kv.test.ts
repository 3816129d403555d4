import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";

import { FakeKv } from "../../support/fake-kv.ts";
import { describeKv } from "./kv-contract.ts";

describeKv("of workerd", async () => {
  await reset();
  return env.TELEMETRY;
});

describeKv("fake", async () => new FakeKv({ now: () => Date.now() }).namespace);
