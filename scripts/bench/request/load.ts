/** The client: one request after the other over one connection that is kept open. */
import { once } from "node:events";
import { Agent, type IncomingMessage, request as startRequest } from "node:http";

import type { Payload } from "./payloads.ts";
import { API_KEY } from "./workers.ts";

/** Sends bodies to one address. */
export interface Client {
  /**
   * Sends a body and reads the answer.
   *
   * @throws when the answer is not 200, with its text
   */
  send(payload: Payload, body: Uint8Array): Promise<void>;
  close(): void;
}

/** Makes a client of one address. Nothing is sent yet. */
export function createClient(url: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    send: async (payload, body) => {
      const request = startRequest(url, {
        agent,
        method: "POST",
        headers: {
          Authorization: `Bearer ${API_KEY}`,
          "Content-Type": "application/x-protobuf",
          "Content-Length": body.length,
          ...(payload.isGzip && { "Content-Encoding": "gzip" }),
        },
      });
      request.end(body);
      const response = await responseTo(request);
      const text = await textOf(response);
      if (response.statusCode !== 200) {
        throw new Error(`${url} answered ${response.statusCode} to "${payload.name}": ${text}`);
      }
    },
    close: () => {
      agent.destroy();
    },
  };
}

async function responseTo(request: ReturnType<typeof startRequest>): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
  await once(response, "end");
  return text;
}
