/** Whether a TCP port is free, asked before a program is told to listen on it. */
import { createServer } from "node:net";

/**
 * Checks that a port can be listened on, or finds one that can.
 *
 * @param host address to listen on
 * @param port the wanted port; 0 lets the system choose
 * @returns the port, which is free at this moment
 * @throws Error when the port is in use or not allowed, saying which and why
 */
export async function claimPort(host: string, port: number): Promise<number> {
  const server = createServer();

  return await new Promise<number>((resolve, reject) => {
    server.once("error", (error) => {
      const reason = hasCode(error, "EADDRINUSE")
        ? "the port is in use (--port chooses another)"
        : error.message;
      reject(new Error(`Cannot listen on ${host}:${port}: ${reason}`, { cause: error }));
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const found = address !== null && typeof address === "object" ? address.port : port;
      server.close(() => resolve(found));
    });
  });
}

function hasCode(error: Error, code: string): boolean {
  return "code" in error && error.code === code;
}
