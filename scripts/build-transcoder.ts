/**
 * `npm run build:transcoder`: compiles worker/transcoder/assembly to the WebAssembly module that the
 * Worker imports. Install, wrangler and the tests run it by themselves; silent unless it fails.
 */
import process from "node:process";

import { buildTranscoder } from "./transcoder/build.ts";

try {
  buildTranscoder();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
