/**
 * A real Prometheus writes what it scrapes to ChainPulse. ChainPulse is killed for half a minute; afterwards both answer the same, label for
 * label and sample for sample, for the time of the outage too.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { endChild, freePort } from "../../bench/support/child.ts";
import { installed, startPeer } from "../../bench/support/running.ts";
import { runChainPulse } from "../browser/support/server.ts";

const missing = ["prometheus", "prometheus-node-exporter"].filter((program) => installed(program) === null);
const entry = fileURLToPath(new URL("../../src/boot.mjs", import.meta.url));
const outageMs = 30_000;
/** Prometheus waits up to five seconds between two attempts, and then sends what it has. */
const patienceMs = 90_000;

const matrix = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) })),
  }),
});

type Samples = ReadonlyMap<string, readonly (readonly [number, string])[]>;

/** All samples of the jobs in the time that ends there, by labels. */
async function samplesOf(
  origin: string,
  atSeconds: number,
  seconds: number,
  headers: Record<string, string> = {},
): Promise<Samples> {
  const body = new URLSearchParams({ query: `{job=~"node|self"}[${seconds}s]`, time: String(atSeconds) });
  const answer = await fetch(`${origin}/api/v1/query`, { method: "POST", body, headers });
  const { data } = matrix.parse(await answer.json());
  const key = (metric: Readonly<Record<string, string>>): string =>
    JSON.stringify(Object.entries(metric).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return new Map(
    data.result.map(({ metric, values }) => [key(metric), values] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function countOf(samples: Samples): number {
  return samples.values().reduce((sum, values) => sum + values.length, 0);
}

async function start(port: number, dataDir: string, config: string): Promise<ChildProcess> {
  const args = [entry, "start", "--listen", `127.0.0.1:${port}`, "--data-dir", dataDir, "--config", config];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) if (line.includes("http")) return child;
  throw new Error("ChainPulse ended before it served");
}

test(
  "a real Prometheus writes here and catches up after we were killed",
  { skip: missing.length > 0 && `not installed: ${missing.join(", ")}` },
  async () => {
    // If this fails, whoever stores a Prometheus's samples here loses some of them when ChainPulse is updated.
    using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-remote-write-"));
    const { path } = directory;
    const dataDir = join(path, "data");
    const config = join(path, "chainpulse.yaml");
    writeFileSync(config, "performance_monitoring: { server: { auth: { required: true } } }\n");
    const token = (
      await runChainPulse(["token", "create", "--name", "prometheus", "--scopes", "read,ingest", "--data-dir", dataDir])
    ).trim();
    const headers = { authorization: `Bearer ${token}` };
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    let ours = await start(port, dataDir, config);
    await using parts = new AsyncDisposableStack();
    parts.defer(() => endChild(ours, "SIGTERM"));

    await using exporter = await startPeer(
      "prometheus-node-exporter",
      (exporterPort) => [`--web.listen-address=127.0.0.1:${exporterPort}`],
      "/metrics",
    );
    await using prometheus = await startPeer(
      "prometheus",
      (own) => {
        const file = join(path, "prometheus.yml");
        const scrape = (name: string, target: string) => ({ job_name: name, static_configs: [{ targets: [target] }] });
        const remote = {
          url: `${origin}/api/v1/write`,
          basic_auth: { username: "prometheus", password: token },
          queue_config: { batch_send_deadline: "1s", max_samples_per_send: 500, max_shards: 4 },
          metadata_config: { send_interval: "2s" },
        };
        // JSON is YAML.
        const text = {
          global: { scrape_interval: "1s" },
          scrape_configs: [scrape("node", new URL(exporter.url).host), scrape("self", `127.0.0.1:${own}`)],
          remote_write: [remote],
        };
        writeFileSync(file, JSON.stringify(text));
        return [`--config.file=${file}`, `--storage.tsdb.path=${join(path, "tsdb")}`, `--web.listen-address=127.0.0.1:${own}`];
      },
      "/-/ready",
    );

    /** Waits until Prometheus has so many samples of the last `seconds`, then until ours are the same for that stretch. */
    const agree = async (seconds: () => number, least: number): Promise<void> => {
      const endMs = Date.now() + patienceMs;
      for (;;) {
        // Both have stored by then what was scraped before.
        const atSeconds = Math.floor(Date.now() / 1000) - 3;
        const stretch = seconds();
        const theirs = await samplesOf(prometheus.url, atSeconds, stretch);
        const found = await samplesOf(origin, atSeconds, stretch, headers);
        const isEnough = countOf(theirs) >= least;
        if ((isEnough && countOf(found) === countOf(theirs)) || Date.now() > endMs) {
          assert.deepEqual(found, theirs);
          return assert.ok(isEnough, `Prometheus has ${countOf(theirs)} samples, ${least} were expected`);
        }
        await pause(500);
      }
    };

    await agree(() => 8, 2000);
    await endChild(ours, "SIGKILL");
    const killedMs = Date.now();
    await pause(outageMs);
    ours = await start(port, dataDir, config);
    await agree(() => Math.ceil((Date.now() - killedMs) / 1000) + 5, 10_000);

    const metadata = z.object({
      data: z.record(z.string(), z.array(z.object({ type: z.string(), help: z.string(), unit: z.string() }))),
    });
    const ask = async (from: string, more: Record<string, string>) =>
      metadata.parse(await (await fetch(`${from}/api/v1/metadata?metric=prometheus_engine_queries`, { headers: more })).json())
        .data;
    assert.deepEqual(await ask(origin, headers), await ask(prometheus.url, {}));
  },
);
