import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";

import { KvStore } from "../../../worker/store/kv-store.ts";
import { FakeKv } from "../../support/fake-kv.ts";
import { type StoreUnderTest, describeStore } from "./store-contract.ts";

function storeOn(kv: KVNamespace): StoreUnderTest {
  return {
    store: new KvStore(kv, {
      retentionSeconds: 3600,
      retry: { count: 0, firstDelayMs: 0, sleep: async () => {}, log: () => {} },
    }),
    putRaw: (key, text) => kv.put(key, text),
  };
}

describeStore("KV of workerd", async () => {
  await reset();
  return storeOn(env.TELEMETRY);
});

describeStore("fake KV", async () => storeOn(new FakeKv().namespace));
