/** Targets for benchmarks: texts whose values change from scrape to scrape as those of real programs do. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A text of `series` samples in families of ten, with metadata and labels as exporters have them. `round` changes some of the values. */
export function exposition(series: number, round: number): string {
  const lines: string[] = [];
  for (let index = 0; index < series; index++) {
    const family = Math.floor(index / 10);
    if (index % 10 === 0) {
      lines.push(`# HELP app_requests_${family}_total Requests of kind ${family} that were answered.`);
      lines.push(`# TYPE app_requests_${family}_total counter`);
    }
    const value = index % 3 === 0 ? index * 1000 + round * 7 : index % 3 === 1 ? (index + round / 8).toFixed(3) : index;
    lines.push(
      `app_requests_${family}_total{handler="/api/v1/items/${index % 10}",code="200",pod="shop-7d9f8b6c4-${family % 97}"} ${value}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

export interface BenchTargets extends AsyncDisposable {
  readonly address: string;
  /** Scrapes that were answered. */
  answered(): number;
}

/** Serves each text at `/0`, `/1` …, in its rounds one after the other. */
export async function serveExpositions(rounds: readonly (readonly string[])[]): Promise<BenchTargets> {
  const bodies = rounds.map((texts) => texts.map((text) => Buffer.from(text)));
  let answered = 0;
  const server = createServer((request, response) => {
    const texts = bodies[Number(request.url?.slice(1))] ?? [];
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
    response.end(texts[answered++ % texts.length]);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    answered: () => answered,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
