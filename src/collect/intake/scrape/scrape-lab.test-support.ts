/** One target that is scraped when a test says so, and answers what the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../../core/clock.ts";
import { configSchema } from "../../../core/config.ts";
import type { SeriesExemplars } from "../../../core/exemplar.ts";
import type { RefusalReason } from "../../../core/intake.ts";
import type { MetricMetadata } from "../../../core/metric-metadata.ts";
import { createByteBudget } from "../../../io/byte-budget.ts";
import { createScrapeClient, type ScrapeClientOptions } from "../../../io/scrape-client.ts";
import { scrapeJobs, type ScrapeJob } from "./job.ts";
import { createMemorySink, type MemorySink, type MemorySinkOptions } from "./memory-sink.test-support.ts";
import { ScrapedTarget } from "./scrape-target.ts";
import { targetOf } from "./target.ts";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What the target answers: a text, or what does the answering. */
export type Said = string | Uint8Array | Answer;

export interface TargetServer {
  readonly address: string;
  say(said: Said, contentType?: string): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function serveTarget(said: Said = ""): Promise<TargetServer> {
  let current = said;
  let type = "text/plain; version=0.0.4";
  const server = createServer((request, response) => {
    if (typeof current === "function") return current(request, response);
    response.writeHead(200, { "content-type": type });
    return response.end(current);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    say(next, contentType = "text/plain; version=0.0.4") {
      current = next;
      type = contentType;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The job of this configuration, as it would stand in a file. */
export function jobOf(config: object): ScrapeJob {
  const { scrape } = configSchema.parse({ scrape: { scrape_configs: [{ job_name: "test", ...config }] } });
  const [job] = scrapeJobs(scrape.scrape_configs, scrape.global);
  if (job === undefined) throw new Error("there is a job");
  return job;
}

export interface ScrapeLab {
  readonly server: TargetServer;
  readonly sink: MemorySink;
  readonly target: ScrapedTarget;
  readonly metadata: MetricMetadata[];
  readonly exemplars: SeriesExemplars[];
  /** What was refused in all scrapes. */
  readonly refused: Map<RefusalReason, number>;
  scrape(timeMs: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface LabOptions {
  readonly said?: Said;
  readonly job?: object;
  readonly sink?: MemorySinkOptions;
  readonly client?: Partial<ScrapeClientOptions>;
}

export async function openScrapeLab(options: LabOptions = {}): Promise<ScrapeLab> {
  const server = await serveTarget(options.said);
  const sink = createMemorySink(options.sink);
  const job = jobOf({ scrape_timeout: "5s", ...options.job });
  const outcome = targetOf(new Map([["__address__", server.address]]), job);
  if (outcome.kind !== "target") throw new Error("there is a target");
  const metadata: MetricMetadata[] = [];
  const exemplars: SeriesExemplars[] = [];
  const refused = new Map<RefusalReason, number>();
  const client = createScrapeClient({ followRedirects: true, compressed: true, ...options.client });
  const target = new ScrapedTarget({
    sink,
    clock: systemClock,
    tally: {
      received: () => undefined,
      refused: (reason, count) => void refused.set(reason, (refused.get(reason) ?? 0) + count),
      answered: () => undefined,
    },
    budget: createByteBudget(64 * 1024 * 1024),
    userAgent: "test",
    noteMetadata: (more) => metadata.push(...more),
    noteExemplars: (more) => exemplars.push(...more),
    job,
    target: outcome.target,
    client,
    refusal: () => null,
  });
  return {
    server,
    sink,
    target,
    metadata,
    exemplars,
    refused,
    scrape: (timeMs) => target.scrape(timeMs, new AbortController().signal),
    async [Symbol.asyncDispose]() {
      client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
