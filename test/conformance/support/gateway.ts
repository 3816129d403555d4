/** The built Worker for the tests of a file. */
import { afterAll, beforeAll } from "vitest";

import { API_KEY } from "../../support/otlp-requests.ts";
import { type ConformanceGateway, startBuiltGateway } from "./built-gateway.ts";

/** One gateway for the tests of a file. */
export function useBuiltGateway(
  vars: Readonly<Record<string, string>> = {},
  apiKey: string = API_KEY,
): ConformanceGateway {
  let gateway: Awaited<ReturnType<typeof startBuiltGateway>> | undefined;
  beforeAll(async () => {
    gateway = await startBuiltGateway(vars, apiKey);
  });
  afterAll(async () => {
    await gateway?.close();
  });
  function started(): ConformanceGateway {
    if (gateway === undefined) {
      throw new Error("Cannot use the gateway before the tests have started");
    }
    return gateway;
  }
  return {
    send: async (sent) => await started().send(sent),
    events: async (params) => await started().events(params),
    exceptions: () => started().exceptions(),
  };
}
