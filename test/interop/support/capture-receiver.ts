/** An HTTP server that keeps what it is sent and answers like an OTLP receiver. */
import { once } from "node:events";
import { type IncomingMessage, createServer } from "node:http";

/** One request as it came, the body still encoded as the headers say. */
export interface CapturedRequest {
  readonly method: string;
  readonly path: string;
  /** Names as the client wrote them, in its order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** A receiver on the loopback interface. */
export interface CaptureReceiver {
  /** Base URL without a trailing slash. */
  readonly url: string;
  /** Removes and returns all requests so far, oldest first. */
  take(): readonly CapturedRequest[];
  close(): Promise<void>;
}

/** Starts a receiver on a free port. */
export async function startCaptureReceiver(): Promise<CaptureReceiver> {
  const captured: CapturedRequest[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      captured.push({
        method: request.method ?? "",
        path: request.url ?? "",
        headers: pairs(request.rawHeaders),
        body,
      });
      const json = request.headers["content-type"] === "application/json";
      response.setHeader("Content-Type", json ? "application/json" : "application/x-protobuf");
      response.end(json ? "{}" : undefined);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("Cannot start the capture receiver: it listens on no port");
  }

  return {
    url: `http://127.0.0.1:${address.port}`,
    take: () => captured.splice(0),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(request, "end");

  return Buffer.concat(chunks);
}

function pairs(flat: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    result.push([flat[index] ?? "", flat[index + 1] ?? ""]);
  }

  return result;
}
