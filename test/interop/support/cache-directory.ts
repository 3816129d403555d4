/** Where clients are built: outside the sources, gone with node_modules. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const CACHE_DIRECTORY = join(import.meta.dirname, "../../../node_modules/.cache/pryx-interop");

/**
 * The path of an entry of the build cache, whose directory exists afterwards.
 *
 * @param name file or directory name
 */
export function cachePath(name: string): string {
  mkdirSync(CACHE_DIRECTORY, { recursive: true });

  return join(CACHE_DIRECTORY, name);
}
