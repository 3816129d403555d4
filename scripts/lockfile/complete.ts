/**
 * Makes a lockfile the same whatever registry it was written against.
 *
 * A registry that does not carry the prebuilt packages of every platform leads npm to leave their
 * entries out. `npm ci` then refuses the file with EUSAGE ("Missing: … from lock file"), and
 * people on those platforms get no binary.
 */
import {
  type Lockfile,
  type OptionalDependency,
  type PackageEntry,
  listCandidates,
  listOptionalDependencies,
  resolveEntry,
} from "./lockfile.ts";
import type { Platform } from "./platform.ts";

/** An exact version, as platform packages are always wanted; a range is left to npm. */
const EXACT_VERSION = /^\d+\.\d+\.\d+(?:-[\w.-]+)?$/;

/** A lockfile after `completeLockfile`, and what was done to it. */
export interface Completion {
  readonly lockfile: Lockfile;
  /** Paths of the entries that were missing. */
  readonly added: readonly string[];
  /** Paths of the entries that named a host. */
  readonly stripped: readonly string[];
}

/**
 * Adds an entry for each optional package that has none, and removes the address each package was
 * downloaded from.
 *
 * @param lockfile as npm wrote it
 * @param findPlatform tells for which machines `name@version` is
 * @returns the completed lockfile; completing it again changes nothing
 */
export function completeLockfile(
  lockfile: Lockfile,
  findPlatform: (name: string, version: string) => Platform,
): Completion {
  const packages: Record<string, PackageEntry> = { ...lockfile.packages };
  const stripped = Object.keys(packages).filter((path) => namesHost(packages[path]));
  for (const path of stripped) {
    const { resolved: _, ...rest } = packages[path] ?? {};
    packages[path] = rest;
  }

  const added: string[] = [];
  const completed = { ...lockfile, packages };
  for (const missing of listMissing(lockfile)) {
    const path = choosePath(completed, missing);
    // Two packages may want the same one.
    if (!(path in packages)) {
      packages[path] = createEntry(
        lockfile.packages[missing.dependent],
        missing.wanted,
        findPlatform(missing.name, missing.wanted),
      );
      added.push(path);
    }
  }

  return { lockfile: completed, added, stripped };
}

/** Lists the optional dependencies for which the lockfile has no entry, or one of another version. */
export function listMissing(lockfile: Lockfile): readonly OptionalDependency[] {
  return listOptionalDependencies(lockfile).filter((dependency) => {
    const path = resolveEntry(lockfile, dependency.dependent, dependency.name);
    if (path === undefined) {
      return true;
    }
    const version = lockfile.packages[path]?.["version"];
    return EXACT_VERSION.test(dependency.wanted) && version !== dependency.wanted;
  });
}

/**
 * Chooses the place beside the package that wants it, to whose version it is bound, or inside that
 * package where another version is in the way.
 *
 * @returns the path of the entry, which may exist already with the wanted version
 */
function choosePath(lockfile: Lockfile, missing: OptionalDependency): string {
  const [inside = "", beside = inside] = listCandidates(missing.dependent, missing.name);
  const existing = lockfile.packages[beside];

  return existing === undefined || existing["version"] === missing.wanted ? beside : inside;
}

/** Without `resolved` and `integrity` npm asks the registry in use for the address. */
function createEntry(
  dependent: PackageEntry | undefined,
  version: string,
  platform: Platform,
): PackageEntry {
  if (!EXACT_VERSION.test(version)) {
    throw new Error(`Cannot complete the lockfile: "${version}" is a range, not a version`);
  }

  return {
    version,
    cpu: platform.cpu,
    // Wanted only by something that is itself left out of `npm ci --omit=dev`.
    ...(dependent?.["dev"] === true ? { dev: true } : {}),
    ...(platform.libc === undefined ? {} : { libc: platform.libc }),
    optional: true,
    os: platform.os,
  };
}

function namesHost(entry: PackageEntry | undefined): boolean {
  const resolved = entry?.["resolved"];

  return typeof resolved === "string" && /^https?:/.test(resolved);
}
