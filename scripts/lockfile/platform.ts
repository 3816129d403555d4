/** For which machines a prebuilt package is, told from its name. */

/** The fields of a package.json by which npm decides whether a package fits a machine. */
export interface Platform {
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc?: readonly string[];
}

/** Words in package names → the values of `process.platform`. */
const OS_BY_WORD: ReadonlyMap<string, string> = new Map([
  ["aix", "aix"],
  ["android", "android"],
  ["darwin", "darwin"],
  ["freebsd", "freebsd"],
  ["linux", "linux"],
  ["linuxmusl", "linux"],
  ["netbsd", "netbsd"],
  ["openbsd", "openbsd"],
  ["openharmony", "openharmony"],
  ["sunos", "sunos"],
  ["win32", "win32"],
  ["windows", "win32"],
]);

/** Words in package names → the values of `process.arch`. */
const CPU_BY_WORD: ReadonlyMap<string, string> = new Map([
  ["64", "x64"], // workerd
  ["aarch64", "arm64"],
  ["arm", "arm"],
  ["arm64", "arm64"],
  ["ia32", "ia32"],
  ["loong64", "loong64"],
  ["mips64el", "mips64el"],
  ["ppc64", "ppc64"],
  ["riscv64", "riscv64"],
  ["s390x", "s390x"],
  ["x64", "x64"],
]);

/** Words in names of Linux packages → the C library they are linked against. */
const LIBC_BY_WORD: ReadonlyMap<string, string> = new Map([
  ["gnu", "glibc"],
  ["gnueabihf", "glibc"],
  ["linuxmusl", "musl"],
  ["musl", "musl"],
  ["musleabihf", "musl"],
]);

/**
 * Parses the platform out of names such as `@oxlint/binding-linux-x64-musl`.
 *
 * @param name the package's name, with its scope
 * @returns the platform, or undefined when the name does not tell both system and processor
 */
export function parsePlatform(name: string): Platform | undefined {
  const words = name.slice(name.indexOf("/") + 1).split("-");
  const os = findWord(words, OS_BY_WORD);
  const cpu = findWord(words, CPU_BY_WORD);
  if (os === undefined || cpu === undefined) {
    return undefined;
  }
  const libc = os === "linux" ? findWord(words, LIBC_BY_WORD) : undefined;

  return { os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) };
}

function findWord(
  words: readonly string[],
  meanings: ReadonlyMap<string, string>,
): string | undefined {
  const word = words.find((candidate) => meanings.has(candidate));

  return word === undefined ? undefined : meanings.get(word);
}
