/** What a fixture recording is, and the parts that all clients share. */
import { basename } from "node:path";

import type { CaptureReceiver } from "../support/capture-receiver.ts";
import { prepareGo } from "../support/go-program.ts";
import { runProgram } from "../support/run-program.ts";
import type { Prepared } from "../support/toolchain.ts";

/** One run of a client. */
export interface Recording {
  /** Names of the fixtures, in the order in which the client sends its requests. */
  readonly files: readonly string[];
  /** Makes the client send everything to the receiver. */
  run(receiver: CaptureReceiver): Promise<void>;
}

/** The bearer token of every recorded request: nobody's key. */
export const TOKEN = "fixture-key";

/** Ends the service name of the recorded scenario. */
export const RUN_ID = "fixture";

/** Content codings that are recorded; each client names them so. */
export const COMPRESSIONS = ["none", "gzip"] as const;

/** How the name of a protobuf fixture ends. */
export function protobufEnding(compression: (typeof COMPRESSIONS)[number]): string {
  return compression === "gzip" ? "_gzip.bin" : ".bin";
}

/**
 * Builds a program of test/interop/go and runs it against a receiver.
 *
 * @param folder the module
 * @throws Error when it cannot be built or fails
 */
export async function runGo(
  folder: string,
  receiver: CaptureReceiver,
  flags: readonly string[],
): Promise<void> {
  const binary = mustBeReady(await prepareGo({ folder }));
  await mustSucceed(binary, ["--endpoint", receiver.url, "--token", TOKEN, ...flags]);
}

/** @throws Error with the reason when the client is missing */
export function mustBeReady<Program>(prepared: Prepared<Program>): Program {
  if (!prepared.ready) {
    throw new Error(`Cannot record: ${prepared.reason}`);
  }

  return prepared.program;
}

/** @throws Error with the client's own words when it fails */
export async function mustSucceed(command: string, args: readonly string[]): Promise<void> {
  const result = await runProgram(command, args);
  if (result.code !== 0) {
    throw new Error(`Cannot record ${basename(command)}: ${result.stderr}`);
  }
}
