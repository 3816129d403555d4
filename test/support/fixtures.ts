/** The recorded requests in test/fixtures. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { SIGNALS, type SignalName } from "./proto.ts";

/** A recorded body, decompressed. */
export interface Fixture {
  readonly name: string;
  readonly signal: SignalName;
  readonly encoding: "protobuf" | "json";
  readonly body: Uint8Array;
}

const DIRECTORY = join(import.meta.dirname, "../fixtures");

/** Reads one of them. */
export function readFixture(name: string): Fixture {
  const bytes = readFileSync(join(DIRECTORY, name));
  const signal = SIGNALS.find((word) => name.startsWith(word));
  if (signal === undefined) {
    throw new Error(`${name} does not start with a signal`);
  }
  return {
    name,
    signal,
    encoding: name.endsWith(".json") ? "json" : "protobuf",
    body: Uint8Array.from(name.includes("_gzip") ? gunzipSync(bytes) : bytes),
  };
}

/** Reads all of them. */
export function readFixtures(): readonly Fixture[] {
  return readdirSync(DIRECTORY)
    .filter((name) => SIGNALS.some((signal) => name.startsWith(signal)))
    .map((name) => readFixture(name));
}
