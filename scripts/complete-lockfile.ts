/**
 * `npm run lockfile:complete`: makes package-lock.json complete for every platform and free of
 * registry addresses. Run it after each change of a dependency. With `-- --check` it only tells
 * whether there is something to do, and fails if so.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

import { PROJECT_ROOT } from "./gateway/wrangler-command.ts";
import { completeLockfile } from "./lockfile/complete.ts";
import { parseLockfile, renderLockfile } from "./lockfile/lockfile.ts";
import { type Platform, parsePlatform } from "./lockfile/platform.ts";

const LOCKFILE = join(PROJECT_ROOT, "package-lock.json");

const { lockfile, added, stripped } = completeLockfile(
  parseLockfile(readFileSync(LOCKFILE, "utf8")),
  findPlatform,
);

for (const path of added) {
  console.log(`missing       ${path}`);
}
for (const path of stripped) {
  console.log(`names a host  ${path}`);
}

if (added.length + stripped.length === 0) {
  console.log("package-lock.json is complete.");
} else if (process.argv.includes("--check")) {
  console.error("package-lock.json is not complete: run `npm run lockfile:complete`.");
  process.exitCode = 1;
} else {
  writeFileSync(LOCKFILE, renderLockfile(lockfile));
  console.log(`package-lock.json: ${added.length} entries added, ${stripped.length} cleaned.`);
}

/** The name tells it almost always; only for the rest the registry is asked. */
function findPlatform(name: string, version: string): Platform {
  return parsePlatform(name) ?? readPlatform(name, version);
}

function readPlatform(name: string, version: string): Platform {
  const fields = ["os", "cpu", "libc"];
  const answer: unknown = JSON.parse(
    execFileSync("npm", ["view", `${name}@${version}`, ...fields, "--json"], { encoding: "utf8" }),
  );
  const os = readStrings(answer, "os");
  const cpu = readStrings(answer, "cpu");
  const libc = readStrings(answer, "libc");
  if (os === undefined || cpu === undefined) {
    throw new Error(`Cannot tell the platform of ${name}@${version}: npm gives no os and cpu`);
  }

  return { os, cpu, ...(libc === undefined ? {} : { libc }) };
}

function readStrings(value: unknown, field: string): readonly string[] | undefined {
  if (typeof value !== "object" || value === null) {
    return undefined;
  }
  const found: unknown = Object.entries(value).find(([name]) => name === field)?.[1];

  return Array.isArray(found) ? found.map(String) : undefined;
}
