/** An HTTP server in the place of an Alertmanager or a webhook, which answers with the statuses that a test sets. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** In the order in which they came. */
  readonly requests: readonly Received[];
  /** Statuses of the next answers; after them every answer is 200. `null` answers nothing at all. */
  answer(...statuses: readonly (number | null)[]): void;
  /** Resolves when so many requests have come. */
  received(count: number): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const requests: Received[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let statuses: (number | null)[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ path: request.url ?? "", headers: request.headers, body: JSON.parse(body) });
      const status = statuses.length === 0 ? 200 : statuses.shift();
      if (typeof status === "number") response.writeHead(status, { location: "http://192.0.2.1/" }).end(`status ${status}`);
      for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (...next) => {
      statuses = [...next];
    },
    received: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
