import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { completeLockfile, listMissing } from "../../scripts/lockfile/complete.ts";
import { type Lockfile, parseLockfile, renderLockfile } from "../../scripts/lockfile/lockfile.ts";
import { type Platform, parsePlatform } from "../../scripts/lockfile/platform.ts";

const PROJECT_TEXT = readFileSync(join(import.meta.dirname, "../../package-lock.json"), "utf8");
const PROJECT = parseLockfile(PROJECT_TEXT);

/** A lockfile with two versions of a tool, as the project has two of workerd. */
const TWO_VERSIONS: Lockfile = {
  header: { lockfileVersion: 3 },
  packages: {
    "": { name: "project" },
    "node_modules/host": { version: "9.0.0", dev: true },
    "node_modules/host/node_modules/tool": {
      version: "2.0.0",
      dev: true,
      optionalDependencies: { "@tool/darwin-arm64": "2.0.0" },
    },
    "node_modules/tool": {
      version: "1.0.0",
      resolved: "https://registry.example/tool-1.0.0.tgz",
      optionalDependencies: { "@tool/darwin-arm64": "1.0.0", "@tool/linux-x64-musl": "1.0.0" },
    },
  },
};

function findPlatform(name: string): Platform {
  return parsePlatform(name) ?? { os: ["unknown"], cpu: ["unknown"] };
}

describe("package-lock.json", () => {
  it("has an entry for every optional package, so that npm ci works on all platforms", () => {
    expect(listMissing(PROJECT)).toEqual([]);
  });

  it("names no host a package was downloaded from", () => {
    const addresses = Object.entries(PROJECT.packages).filter(([, entry]) => "resolved" in entry);

    expect(addresses).toEqual([]);
  });

  it("is written as npm writes it", () => {
    expect(renderLockfile(PROJECT)).toBe(PROJECT_TEXT);
  });
});

describe("completeLockfile()", () => {
  const { lockfile, added, stripped } = completeLockfile(TWO_VERSIONS, findPlatform);

  it("adds what npm needs to choose a package, and neither address nor digest", () => {
    expect(lockfile.packages["node_modules/@tool/linux-x64-musl"]).toEqual({
      version: "1.0.0",
      cpu: ["x64"],
      libc: ["musl"],
      optional: true,
      os: ["linux"],
    });
  });

  it("keeps two versions of one package apart", () => {
    const outer = lockfile.packages["node_modules/@tool/darwin-arm64"];
    const inner = lockfile.packages["node_modules/host/node_modules/@tool/darwin-arm64"];

    expect([outer?.["version"], inner?.["version"]]).toEqual(["1.0.0", "2.0.0"]);
  });

  it("leaves packages that only development needs out of `npm ci --omit=dev`", () => {
    const inner = lockfile.packages["node_modules/host/node_modules/@tool/darwin-arm64"];

    expect(inner?.["dev"]).toBe(true);
  });

  it("removes addresses", () => {
    expect(stripped).toEqual(["node_modules/tool"]);
    expect(lockfile.packages["node_modules/tool"]).not.toHaveProperty("resolved");
  });

  it("changes nothing the second time", () => {
    const again = completeLockfile(lockfile, findPlatform);

    expect(added).toHaveLength(3);
    expect(again.added).toEqual([]);
    expect(renderLockfile(again.lockfile)).toBe(renderLockfile(lockfile));
  });

  it("refuses to invent an entry for a range of versions", () => {
    const packages = { "node_modules/tool": { optionalDependencies: { "t-linux-x64": "^1.0.0" } } };

    expect(() => completeLockfile({ header: {}, packages }, findPlatform)).toThrow(/"\^1\.0\.0"/);
  });
});

describe("parsePlatform()", () => {
  it.each([
    ["@cloudflare/workerd-darwin-64", { os: ["darwin"], cpu: ["x64"] }],
    ["@cloudflare/workerd-windows-64", { os: ["win32"], cpu: ["x64"] }],
    ["@oxlint/binding-linux-arm64-musl", { os: ["linux"], cpu: ["arm64"], libc: ["musl"] }],
    ["@oxlint/binding-linux-arm-gnueabihf", { os: ["linux"], cpu: ["arm"], libc: ["glibc"] }],
    ["@oxlint/binding-win32-x64-msvc", { os: ["win32"], cpu: ["x64"] }],
    ["@oxlint/binding-android-arm-eabi", { os: ["android"], cpu: ["arm"] }],
  ])("tells for which machines %s is", (name, platform) => {
    expect(parsePlatform(name)).toEqual(platform);
  });

  it("is undefined for a name without a system and a processor", () => {
    expect(parsePlatform("fsevents")).toBeUndefined();
  });

  it("agrees with what registries say about the packages they do carry", () => {
    const known = Object.entries(PROJECT.packages).flatMap(([path, entry]) => {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      const parsed = parsePlatform(name);
      const isFromRegistry = entry["integrity"] !== undefined && entry["os"] !== undefined;
      return isFromRegistry && parsed !== undefined ? [{ name, parsed, entry }] : [];
    });

    expect(known.length).toBeGreaterThan(10);
    for (const { name, parsed, entry } of known) {
      const { os, cpu } = entry;
      expect({ name, os: parsed.os, cpu: parsed.cpu }).toEqual({ name, os, cpu });
    }
  });
});
