/** One gateway for all tests of a file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll } from "vitest";

import { type Gateway, startGateway } from "../../../scripts/gateway/process.ts";
import type { GatewayAddress } from "./stored-events.ts";

const API_KEY = "interop-key";

/**
 * Starts a gateway with empty storage before the tests of the calling file or block, and stops
 * it after them.
 *
 * @returns its address, to be read inside a test
 */
export function useGateway(): GatewayAddress {
  let gateway: Gateway | undefined;
  let directory: string | undefined;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "pryx-interop-"));
    gateway = await startGateway({ apiKey: API_KEY, persistTo: directory });
  });

  afterAll(async () => {
    await gateway?.stop();
    if (directory !== undefined) {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  return {
    apiKey: API_KEY,
    get url() {
      if (gateway === undefined) {
        throw new Error("Cannot use the gateway before the tests have started");
      }
      return gateway.url;
    },
  };
}
