/** Where and with what was measured. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";

import { PROJECT_ROOT } from "../gateway/wrangler-command.ts";

const GIB = 1024 ** 3;
const PACKAGES = ["protobufjs", "@bufbuild/protobuf", "mitata", "wrangler"];

/** Date, commit, machine and versions, in one line. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: PROJECT_ROOT,
    encoding: "utf8",
  }).trim();
  const versions = PACKAGES.map((name) => `${name} ${installedVersion(name)}`);
  return [
    `${new Date().toISOString().slice(0, 10)}, commit ${commit}`,
    `${cpu?.model ?? "unknown processor"}, ${cpus().length} cores, ${Math.round(totalmem() / GIB)} GiB, ${type()} ${release()}`,
    `Node ${process.version} (V8 ${process.versions.v8}), ${versions.join(", ")}`,
  ].join("; ");
}

/**
 * What `wrangler check startup` says of the Worker: the size of the bundle, and the CPU it takes to
 * start, locally, sampled. "100.19 KiB / gzip: 33.51 KiB; start-up: 12.2 ms active".
 */
export function describeBundle(): string {
  const directory = mkdtempSync(join(tmpdir(), "bench-startup-"));
  try {
    const output = execFileSync(
      process.execPath,
      ["scripts/wrangler.ts", "check", "startup", "--outfile", join(directory, "cpu.cpuprofile")],
      { cwd: PROJECT_ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    const size = /Bundle: (.*)/u.exec(output)?.[1]?.trim() ?? "unknown";
    const active = /Active: ([\d.]+ ms)/u.exec(output)?.[1] ?? "unknown";
    return `${size}; start-up: ${active} active`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function installedVersion(name: string): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(PROJECT_ROOT, "node_modules", name, "package.json"), "utf8"),
  );
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}
