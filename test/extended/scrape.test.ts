/**
 * A real Prometheus and ChainPulse scrape the same programs by the same configuration file: both come to the same series, label for label,
 * also when a target is killed, comes back, or is taken out of the file.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempDisposableSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { z } from "zod";
import { endChild, freePort } from "../../bench/support/child.ts";
import { installed, startPeer } from "../../bench/support/running.ts";
import { startChainPulse } from "../browser/support/server.ts";

const programs = ["prometheus", "prometheus-node-exporter", "victoria-metrics"];
const missing = programs.filter((program) => installed(program) === null);
const checkout = fileURLToPath(new URL("../..", import.meta.url));
/** What is waited for comes within some scrapes; the machine may be busy. */
const patienceMs = 60_000;

const vector = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

async function ask(origin: string, query: string): Promise<z.infer<typeof vector>["data"]["result"]> {
  const answer = await fetch(`${origin}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query }) });
  return vector.parse(await answer.json()).data.result;
}

/** Prometheus 3 and ChainPulse write bounds as `1.0`; Debian's Prometheus is older and keeps what it is given. */
function keyOf(metric: Readonly<Record<string, string>>): string {
  const same = Object.entries(metric).map(([name, value]) => {
    const isBound = (name === "le" || name === "quantile") && value !== "+Inf";
    return [name, isBound ? String(Number(value)) : value] as const;
  });
  return JSON.stringify(same.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function keys(origin: string, query: string): Promise<readonly string[]> {
  return (await ask(origin, query)).map(({ metric }) => keyOf(metric)).sort();
}

/** Asks both until they agree, because they do not scrape at the same moment. */
async function agree(origins: readonly [string, string], query: string, least: number): Promise<void> {
  const endMs = Date.now() + patienceMs;
  for (;;) {
    const [ours, theirs] = await Promise.all([keys(origins[0], query), keys(origins[1], query)]);
    const isSame = theirs.length >= least && JSON.stringify(ours) === JSON.stringify(theirs);
    if (isSame) return;
    if (Date.now() > endMs) {
      assert.deepEqual(ours, theirs, query);
      assert.fail(`${query}: both have only ${theirs.length} series, ${least} were expected`);
    }
    await pause(500);
  }
}

/** Waits until the query has this one value everywhere. */
async function become(origins: readonly string[], query: string, value: string): Promise<void> {
  const endMs = Date.now() + patienceMs;
  for (;;) {
    const found = await Promise.all(origins.map(async (origin) => (await ask(origin, query)).map((one) => one.value[1])));
    if (found.every((values) => values.length === 1 && values[0] === value)) return;
    assert.ok(Date.now() < endMs, `${query} is ${JSON.stringify(found)} and not ${value}`);
    await pause(250);
  }
}

interface Targets {
  readonly node: string;
  readonly prometheus: string;
}

function scrapeConfig({ node, prometheus }: Targets, withMetrics: boolean): string {
  const jobs = [
    {
      job_name: "node",
      static_configs: [{ targets: [node], labels: { site: "a", job_role: "exporter" } }],
      metric_relabel_configs: [
        { source_labels: ["__name__"], regex: "node_(scrape|textfile)_.*", action: "drop" },
        {
          source_labels: ["__name__", "mode"],
          regex: "node_cpu_seconds_total;(.+)",
          target_label: "cpu_mode",
          replacement: "m_$1",
        },
        { regex: "mode", action: "labeldrop" },
      ],
    },
    {
      job_name: "prometheus",
      honor_labels: true,
      params: { x: ["1", "2"] },
      relabel_configs: [
        { source_labels: ["__address__"], regex: "(.*):(.*)", target_label: "port", replacement: "$2" },
        { source_labels: ["__param_x"], target_label: "asked" },
        { source_labels: ["port"], target_label: "shard", modulus: 7, action: "hashmod" },
        { source_labels: ["__address__"], regex: "dropped.*", action: "drop" },
      ],
      static_configs: [{ targets: [prometheus, "dropped:1"] }],
    },
    { job_name: "gone", scrape_timeout: "500ms", static_configs: [{ targets: ["127.0.0.1:1"] }] },
    ...(withMetrics ? [{ job_name: "metrics", sample_limit: 100_000, file_sd_configs: [{ files: ["targets/*.json"] }] }] : []),
  ];
  return JSON.stringify({ global: { scrape_interval: "1s", scrape_timeout: "1s" }, rule_files: [], scrape_configs: jobs });
}

/** At a port that was free a moment ago, and is wanted again after the exporter was killed. */
function startExporter(port: number): ChildProcess {
  const collectors = ["cpu", "meminfo", "uname", "filesystem", "loadavg"].map((name) => `--collector.${name}`);
  const args = [`--web.listen-address=127.0.0.1:${port}`, "--collector.disable-defaults", ...collectors];
  return spawn("prometheus-node-exporter", args, { stdio: "ignore" });
}

test(
  "Prometheus and ChainPulse scrape the same series",
  { skip: missing.length > 0 && `not installed: ${missing.join(", ")}` },
  async (t) => {
    // If this fails, whoever moves a prometheus.yml to ChainPulse gets other series than before.
    using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-scrape-"));
    const { path } = directory;
    const file = join(path, "prometheus.yml");
    const node = `127.0.0.1:${await freePort()}`;
    const nodePort = Number(node.split(":")[1]);
    let exporter = startExporter(nodePort);
    t.after(() => endChild(exporter, "SIGKILL"));
    await using metrics = await startPeer(
      "victoria-metrics",
      (port) => [`-httpListenAddr=127.0.0.1:${port}`, `-storageDataPath=${join(path, "vm")}`],
      "/health",
    );
    let targets: Targets = { node, prometheus: "" };
    mkdirSync(join(path, "targets"));
    const targetText = JSON.stringify([{ targets: [new URL(metrics.url).host], labels: { from: "file" } }]);
    writeFileSync(join(path, "targets", "one.json"), targetText);
    await using prometheus = await startPeer(
      "prometheus",
      (port) => {
        targets = { node, prometheus: `127.0.0.1:${port}` };
        writeFileSync(file, scrapeConfig(targets, true));
        return [
          `--config.file=${file}`,
          `--storage.tsdb.path=${join(path, "tsdb")}`,
          `--web.listen-address=127.0.0.1:${port}`,
          "--web.enable-lifecycle",
        ];
      },
      "/-/ready",
    );
    const ours = await startChainPulse({
      root: checkout,
      config: `performance_monitoring: { scrape: { files: [${JSON.stringify(file)}] } }\n`,
    });
    t.after(() => ours.stop());
    const both = [ours.origin, prometheus.url] as const;

    await agree(both, '{job="node"}', 60);
    await agree(both, '{job="metrics"}', 100);
    await agree(both, "up", 4);
    await agree(both, '{job="gone"}', 5);
    await agree(both, 'count by (__name__, asked, shard, port) ({job="prometheus"})', 100);
    for (const query of [
      'sum(up{job="gone"})',
      'sum(process_start_time_seconds{job="node"})',
      'sum(scrape_samples_post_metric_relabeling{job="node"})',
    ]) {
      const [[left], [right]] = await Promise.all([ask(both[0], query), ask(both[1], query)]);
      assert.equal(left?.value[1], right?.value[1], query);
    }

    // A target that is killed is down, and its series end; when it is back, so are they.
    await endChild(exporter, "SIGKILL");
    await become(both, 'up{job="node"}', "0");
    await agree(both, '{job="node"}', 5);
    assert.equal((await ask(both[0], '{job="node"}')).length, 5, "only what the scrape says of itself is left");
    exporter = startExporter(nodePort);
    await become(both, 'up{job="node"}', "1");
    await agree(both, '{job="node"}', 60);

    // A target that is taken out of its file is gone after a while, and comes back with it.
    const targetFile = join(path, "targets", "one.json");
    writeFileSync(targetFile, "[]");
    await become(both, 'count({job="metrics"}) or vector(0)', "0");
    writeFileSync(targetFile, targetText);
    await agree(both, '{job="metrics"}', 100);

    // So is a job that is taken out of the configuration; there Prometheus only stops, and its series go on for five minutes.
    writeFileSync(`${file}.new`, scrapeConfig(targets, false));
    renameSync(`${file}.new`, file);
    // ChainPulse reads what its file names when that file changes.
    appendFileSync(join(ours.dataDir, "..", "config.yaml"), "# again\n");
    await become([both[0]], 'count({job="metrics"}) or vector(0)', "0");
    await agree(both, '{job="node"}', 60);
  },
);
