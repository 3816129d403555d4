/**
 * The other end of workerd's KV binding: an HTTP server in the process of the benchmark, so that
 * what storing costs is not part of what is measured. It keeps values only when asked to.
 *
 * The binding sends `PUT /<key>`, `GET /<key>` and `GET /?prefix=…`.
 */
import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";

/** Operations since the last {@link KvBackend.reset}. */
export interface KvOperations {
  readonly puts: number;
  /** reads and lists */
  readonly others: number;
  readonly putBytes: number;
}

/** A running backend. */
export interface KvBackend {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  readonly operations: KvOperations;
  /** what was put since the last reset that asked for values, by key */
  readonly values: ReadonlyMap<string, Buffer>;
  /** Starts counting from 0 and forgets all values. */
  reset(keepsValues: boolean): void;
  stop(): Promise<void>;
}

/** Starts a backend on any free port of the loopback address. */
export async function startKvBackend(): Promise<KvBackend> {
  const values = new Map<string, Buffer>();
  let operations = { puts: 0, others: 0, putBytes: 0 };
  let isKeeping = false;

  function answerPut(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => {
      operations.putBytes += chunk.length;
      if (isKeeping) {
        chunks.push(chunk);
      }
    });
    request.on("end", () => {
      operations.puts += 1;
      if (isKeeping) {
        values.set(keyOf(request), Buffer.concat(chunks));
      }
      response.end();
    });
  }

  const server = createServer((request, response) => {
    if (request.method === "PUT") {
      answerPut(request, response);
      return;
    }
    operations.others += 1;
    request.resume();
    response.writeHead(404).end();
  });
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("Cannot start the KV backend: it has no port");
  }

  return {
    address: `127.0.0.1:${address.port}`,
    get operations() {
      return { ...operations };
    },
    values,
    reset: (keepsValues) => {
      operations = { puts: 0, others: 0, putBytes: 0 };
      isKeeping = keepsValues;
      values.clear();
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function keyOf(request: IncomingMessage): string {
  const [path = ""] = (request.url ?? "").slice(1).split("?");
  return decodeURIComponent(path);
}
