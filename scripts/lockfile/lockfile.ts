/** The part of npm's package-lock.json (version 3) that this project checks and completes. */

/** One installed package. Fields that are not of interest here are kept as they are. */
export type PackageEntry = Readonly<Record<string, unknown>>;

/** A parsed package-lock.json. */
export interface Lockfile {
  /** By path, such as `node_modules/a/node_modules/b`; the project itself is "". */
  readonly packages: Readonly<Record<string, PackageEntry>>;
  /** The fields before and after `packages`. */
  readonly header: Readonly<Record<string, unknown>>;
}

/** A package that another one may want on some platforms. */
export interface OptionalDependency {
  /** Path of the package that names it. */
  readonly dependent: string;
  readonly name: string;
  /** A version, or a range. */
  readonly wanted: string;
}

/**
 * Parses the text of a package-lock.json.
 *
 * @throws Error when it is not a lockfile of version 3
 */
export function parseLockfile(text: string): Lockfile {
  const parsed: unknown = JSON.parse(text);
  if (!isRecord(parsed) || parsed["lockfileVersion"] !== 3 || !isRecord(parsed["packages"])) {
    throw new Error("Cannot read package-lock.json: expected lockfileVersion 3 with packages");
  }
  const { packages, ...header } = parsed;
  const entries = Object.entries(packages).map(([path, entry]) => {
    if (!isRecord(entry)) {
      throw new Error(`Cannot read package-lock.json: "${path}" is not an object`);
    }
    return [path, entry] as const;
  });

  return { header, packages: Object.fromEntries(entries) };
}

/** Renders a lockfile as npm does: two spaces, packages in npm's order, a final newline. */
export function renderLockfile(lockfile: Lockfile): string {
  const sorted = Object.entries(lockfile.packages).toSorted(([left], [right]) =>
    left.localeCompare(right, "en"),
  );
  const packages = Object.fromEntries(sorted);

  return `${JSON.stringify({ ...lockfile.header, packages }, undefined, 2)}\n`;
}

/** Lists what the packages name under `optionalDependencies`, in the order of the file. */
export function listOptionalDependencies(lockfile: Lockfile): readonly OptionalDependency[] {
  return Object.entries(lockfile.packages).flatMap(([dependent, entry]) => {
    const optional = entry["optionalDependencies"];
    return Object.entries(isRecord(optional) ? optional : {}).map(([name, wanted]) => ({
      dependent,
      name,
      wanted: String(wanted),
    }));
  });
}

/**
 * Finds the entry that Node would load, walking up from the dependent.
 *
 * @returns its path, or undefined when there is none
 */
export function resolveEntry(
  lockfile: Lockfile,
  dependent: string,
  name: string,
): string | undefined {
  return listCandidates(dependent, name).find((path) => path in lockfile.packages);
}

/**
 * Lists where a dependency may be installed.
 *
 * @returns paths from the dependent's own node_modules up to the top level one
 */
export function listCandidates(dependent: string, name: string): readonly string[] {
  const candidates: string[] = [];
  let directory = dependent;
  for (;;) {
    candidates.push(
      directory === "" ? `node_modules/${name}` : `${directory}/node_modules/${name}`,
    );
    if (directory === "") {
      return candidates;
    }
    directory = directory.slice(0, Math.max(0, directory.lastIndexOf("node_modules/") - 1));
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
