/**
 * Records what real clients send and writes it to test/fixtures: the bodies byte for byte, and
 * requests.json with the request line and headers of each.
 *
 * Usage: `node scripts/capture-fixtures.ts [word]`. A word limits it to the runs of clients that
 * make a fixture whose name contains the word.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

import { GO_RECORDINGS } from "../test/interop/recordings/go-recordings.ts";
import { JAVASCRIPT_RECORDINGS } from "../test/interop/recordings/javascript-recordings.ts";
import { OTEL_CLI_RECORDINGS } from "../test/interop/recordings/otel-cli-recordings.ts";
import { PYTHON_RECORDINGS } from "../test/interop/recordings/python-recordings.ts";
import type { Recording } from "../test/interop/recordings/recording.ts";
import {
  type CapturedRequest,
  startCaptureReceiver,
} from "../test/interop/support/capture-receiver.ts";

/** What requests.json says about one fixture. */
interface RequestEntry {
  readonly method: string;
  readonly path: string;
  readonly headers: CapturedRequest["headers"];
}

const DIRECTORY = join(import.meta.dirname, "../test/fixtures");
const REQUESTS_FILE = join(DIRECTORY, "requests.json");

const RECORDINGS: readonly Recording[] = [
  ...GO_RECORDINGS,
  ...PYTHON_RECORDINGS,
  ...JAVASCRIPT_RECORDINGS,
  ...OTEL_CLI_RECORDINGS,
];

/** @returns the entries of requests.json for the fixtures that were written */
async function record(recording: Recording): Promise<Readonly<Record<string, RequestEntry>>> {
  const receiver = await startCaptureReceiver();
  try {
    await recording.run(receiver);
    const requests = receiver.take();
    if (requests.length !== recording.files.length) {
      const files = recording.files.join(", ");
      throw new Error(`Cannot write ${files}: the client sent ${requests.length} requests`);
    }

    return Object.fromEntries(
      recording.files.map((file, index) => [file, writeFixture(file, requests[index])]),
    );
  } finally {
    await receiver.close();
  }
}

function writeFixture(file: string, request: CapturedRequest | undefined): RequestEntry {
  if (request === undefined) {
    throw new Error(`Cannot write ${file}: no request`);
  }
  writeFileSync(join(DIRECTORY, file), request.body);
  console.log(`${file}  ${request.body.length} bytes`);

  return { method: request.method, path: request.path, headers: request.headers.map(withoutPort) };
}

/** The port of the receiver differs each time and says nothing. */
function withoutPort([name, value]: readonly [string, string]): readonly [string, string] {
  return [name, name.toLowerCase() === "host" ? "127.0.0.1:4318" : value];
}

function readRequests(): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(readFileSync(REQUESTS_FILE, "utf8"));

  return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
}

const word = process.argv[2];
const wanted = RECORDINGS.filter(
  ({ files }) => word === undefined || files.some((file) => file.includes(word)),
);
const entries: Record<string, unknown> = word === undefined ? {} : { ...readRequests() };
for (const recording of wanted) {
  Object.assign(entries, await record(recording));
}
const sorted = Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(REQUESTS_FILE, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`);
