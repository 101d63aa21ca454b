/**
 * Serves a client's captured metrics over HTTP as the client would: packed where the scraper takes that, and whatever else a test has it
 * answer.
 */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { HttpEndpoint } from "../../../io/http-client.ts";

export interface Replay {
  readonly endpoint: HttpEndpoint;
  /** How often it was asked. */
  readonly asked: number;
}

/** A text that is served, or what is done with the answer instead. */
export type ReplayAnswer = string | Uint8Array | ((response: ServerResponse) => void);

/** `answerOf`: what is answered to which request, counted from 0. Runs `use` meanwhile. */
export async function withReplay(
  answerOf: (request: number) => ReplayAnswer,
  use: (replay: Replay) => Promise<void>,
): Promise<void> {
  let asked = 0;
  const server = createServer((request, response) => {
    const answer = answerOf(asked++);
    if (typeof answer === "function") return answer(response);
    const isPacked = (request.headers["accept-encoding"] ?? "").includes("gzip");
    response.writeHead(200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
      ...(isPacked ? { "content-encoding": "gzip" } : {}),
    });
    response.end(isPacked ? gzipSync(answer) : answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  try {
    await use({
      endpoint: { url: new URL(`http://127.0.0.1:${port}/metrics`), timeoutMs: 30_000 },
      get asked() {
        return asked;
      },
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
