/** A dashboard with something behind every door: a program that is scraped, a real agent, spans and log records, a sender of garbage. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { openDashboard, type Dashboard } from "./dashboard.ts";
import { runChainPulse, startChainPulse, type RunningServer } from "./server.ts";

/** Characters that would be markup if a page let them. */
export const hostile = '<img src="x">';
export const traceId = "0af7651916cd43dd8448eb211c80319c";

export interface Doors {
  readonly dashboard: Dashboard;
  close(): Promise<void>;
}

/** What has been started ends, too, when something of it does not start. */
export async function openDoors(): Promise<Doors> {
  const program = await startProgram();
  const closers: (() => Promise<void>)[] = [async () => void program.close()];
  const close = async (): Promise<void> => {
    for (const one of closers.toReversed()) await one();
  };
  try {
    const dashboard = await openDashboard({ config: scrapeConfig(program) });
    closers.push(dashboard.close);
    const agent = await startAgent(dashboard.server);
    closers.push(() => agent.stop());
    await sendTelemetry(dashboard.server.origin);
    return { dashboard, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a program in Go exposes, as far as it matters here. */
async function startProgram(): Promise<Server> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end("# TYPE go_goroutines gauge\ngo_goroutines 7\n# TYPE go_threads gauge\ngo_threads 5\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function scrapeConfig(program: Server): string {
  const address = program.address();
  assert.ok(address !== null && typeof address === "object");
  const scrape_configs = [
    {
      job_name: "program",
      scrape_interval: "1s",
      // Nobody listens on port 1.
      static_configs: [{ targets: [`127.0.0.1:${address.port}`, "127.0.0.1:1", "left.out:80"] }],
      relabel_configs: [{ source_labels: ["__address__"], regex: "left.*", action: "drop" }],
    },
  ];
  // JSON is YAML.
  return JSON.stringify({ performance_monitoring: { node: { id: "own" }, scrape: { scrape_configs } } });
}

async function startAgent({ origin, dataDir }: RunningServer): Promise<RunningServer> {
  const token = await runChainPulse(["agent", "add", "node-7", "--url", origin, "--data-dir", dataDir]);
  const file = join(dataDir, "node-7.token");
  await writeFile(file, token, { mode: 0o600 });
  const node = { id: "node-7", type: "validator", labels: { site: "fra1" } };
  return startChainPulse({
    config: JSON.stringify({ performance_monitoring: { node } }),
    args: ["--role", "agent", "--hub", origin, "--token-file", file],
  });
}

async function sendTelemetry(origin: string): Promise<void> {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
  const startNs = BigInt(Date.now()) * 1_000_000n;
  const span = (spanId: string, parentSpanId: string, name: string, code: number) => ({
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: 1,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 5_000_000n),
    status: { code, message: code === 2 ? "card declined" : "" },
  });
  const spans = [span("00f067aa0ba902b7", "", hostile, 1), span("00f067aa0ba902b8", "00f067aa0ba902b7", "child", 2)];
  const record = { timeUnixNano: String(startNs), severityNumber: 17, body: { stringValue: `about ${hostile}` }, traceId };
  await post(`${origin}/v1/traces`, { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
  await post(`${origin}/v1/logs`, { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] });
  const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
  const garbage = await fetch(`${origin}/api/v1/write`, { method: "POST", headers, body: "garbage" });
  assert.equal(garbage.status, 400);
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.text());
}
