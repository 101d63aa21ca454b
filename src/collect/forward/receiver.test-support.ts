/** A server that keeps the requests it gets and answers as a test says. */
import { createServer, type IncomingHttpHeaders } from "node:http";

export interface ReceivedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** Ends all connections, and takes no more until it is reopened. */
  close(): Promise<void>;
  reopen(): Promise<void>;
}

export async function startReceiver(
  answer: (request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer>,
): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const received = { method: request.method ?? "", headers: request.headers, body: Buffer.concat(chunks) };
      requests.push(received);
      const { status, headers = {}, body = "" } = await answer(received);
      response.writeHead(status, headers).end(body);
    })();
  });
  let port = 0;
  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        const address = server.address();
        if (typeof address === "object" && address !== null) port = address.port;
        resolve();
      });
    });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen();
  return { url: `http://127.0.0.1:${port}/api/v1/write`, requests, close, reopen: listen, [Symbol.asyncDispose]: close };
}
