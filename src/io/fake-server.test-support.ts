/** A small HTTP server in place of a running ChainPulse, for tests of the commands that ask one. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Server } from "node:net";

export interface FakeAnswer {
  readonly status?: number;
  readonly body: unknown;
}

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  readonly traceparent: string | undefined;
  readonly body: unknown;
}

/** Serves `answers` by path on a free port while `use` runs, and returns the requests that came. */
export async function withFakeServer(
  answers: Readonly<Record<string, FakeAnswer>>,
  use: (origin: string) => Promise<void>,
): Promise<readonly FakeRequest[]> {
  const requests: FakeRequest[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://fake");
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      requests.push({
        method: request.method ?? "",
        path: url.pathname,
        parameters: Object.fromEntries(url.searchParams),
        authorization: request.headers.authorization,
        traceparent: request.headersDistinct["traceparent"]?.join(),
        body: text === "" ? null : JSON.parse(text),
      });
      const answer = answers[url.pathname] ?? { status: 404, body: { code: "NOT_FOUND", detail: "nothing here" } };
      response.writeHead(answer.status ?? 200, { "content-type": "application/json" });
      response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`http://127.0.0.1:${portOf(server)}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return requests;
}

/** The port at which a server listens. */
export function portOf(server: Server): number {
  // A server that listens on TCP has an address with a port.
  return (server.address() as AddressInfo).port;
}
