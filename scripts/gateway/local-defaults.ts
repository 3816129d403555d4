/** Where a gateway on one's own machine is, and the key it accepts, unless told otherwise. */

/** Port of `npm start`. */
export const DEFAULT_PORT = 8787;

/** Base URL of `npm start`. */
export const DEFAULT_ENDPOINT = `http://127.0.0.1:${DEFAULT_PORT}`;

/**
 * The key of a gateway that runs on one's own machine and was given no other one. It protects
 * nothing: the gateway listens on the loopback address only.
 */
export const LOCAL_API_KEY = "pryx-local-key";

/**
 * Chooses the bearer key that a local gateway accepts and local tools send.
 *
 * @param environment usually `process.env`
 * @returns `TELEMETRY_API_KEY`, or the fixed local key where that is absent or empty
 */
export function chooseApiKey(environment: NodeJS.ProcessEnv): string {
  const configured = environment["TELEMETRY_API_KEY"] ?? "";

  return configured === "" ? LOCAL_API_KEY : configured;
}
