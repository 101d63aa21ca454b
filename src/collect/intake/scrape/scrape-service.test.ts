import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../../core/clock.ts";
import { configSchema } from "../../../core/config.ts";
import type { ScrapeSection } from "../../../core/config-scrape.ts";
import { labelsOfKey } from "../../../core/labels.ts";
import type { Logger } from "../../../core/logger.ts";
import type { TelemetrySink } from "../../../core/telemetry-sink.ts";
import { createMemorySink, type MemorySink } from "./memory-sink.test-support.ts";
import { resolveScrapeSection } from "./resolve-section.ts";
import { serveTarget } from "./scrape-lab.test-support.ts";
import { createScrapeService, type ScrapeService } from "./scrape-service.ts";

const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
};

const telemetry: TelemetrySink = {
  addSpans: () => undefined,
  addLogs: () => undefined,
  addExemplars: () => undefined,
  noteMetadata: () => undefined,
  addEvents: () => undefined,
  sync: () => undefined,
};

function open(sink: MemorySink): ScrapeService & AsyncDisposable {
  const service = createScrapeService({
    sink,
    telemetry: () => telemetry,
    clock: systemClock,
    logger: quiet,
    tally: { received: () => undefined, refused: () => undefined, answered: () => undefined },
    seed: "node-1",
  });
  return { ...service, [Symbol.asyncDispose]: () => service.stop() };
}

function section(...jobs: readonly object[]): ScrapeSection {
  return configSchema.parse({ scrape: { global: { scrape_interval: "100ms" }, scrape_configs: jobs } }).scrape;
}

const everything = { offset: 0, limit: 1000, droppedMax: 1000 } as const;

/** Waits for what the next stores bring; the test runner's own patience is the bound. */
async function until(sink: MemorySink, isSo: () => boolean): Promise<void> {
  while (!isSo()) await sink.stored();
}

/** How many samples the one series of this name has. */
function samplesOf(sink: MemorySink, name: string): number {
  const found = [...sink.all()].find(([key]) => labelsOfKey(key)["__name__"] === name);
  return found?.[1].length ?? 0;
}

test("targets are scraped by their intervals, told by pages, and end when they are taken away", async () => {
  // If this fails, a changed configuration needs a restart, or what is gone looks alive.
  await using server = await serveTarget("a 1\n");
  const sink = createMemorySink();
  await using service = open(sink);
  const job = { job_name: "one", static_configs: [{ targets: [server.address], labels: { site: "x" } }] };
  const other = { job_name: "two", static_configs: [{ targets: ["127.0.0.1:1"] }] };
  const dropping = {
    job_name: "three",
    static_configs: [{ targets: ["b:1", "b:1", "c/d:1"] }],
    relabel_configs: [{ source_labels: ["__address__"], regex: "b:1", action: "drop" }],
  };
  await service.reconfigure(section(job, other, dropping));
  await until(sink, () => samplesOf(sink, "a") >= 2);
  const page = await service.scrapeTargets(everything);
  assert.deepEqual(
    page.pools.map(({ pool, active, dropped, problems }) => ({ pool, active, dropped, problems })),
    [
      { pool: "one", active: 1, dropped: 0, problems: [] },
      { pool: "three", active: 0, dropped: 2, problems: ['c/d:1: "c/d:1" is not a valid hostname'] },
      { pool: "two", active: 1, dropped: 0, problems: [] },
    ],
  );
  assert.deepEqual([page.total, page.dropped.length], [2, 2]);
  assert.deepEqual(
    (await service.scrapeTargets({ ...everything, health: "up" })).active.map(({ pool }) => pool),
    ["one"],
  );
  assert.deepEqual((await service.scrapeTargets({ ...everything, text: "SITE" })).total, 0);
  assert.deepEqual((await service.scrapeTargets({ ...everything, text: server.address })).total, 1);
  assert.deepEqual(
    (await service.scrapeTargets({ ...everything, offset: 1, limit: 5 })).active.map(({ pool }) => pool),
    ["two"],
  );
  await service.reconfigure(section(other));
  await until(sink, () => sink.series({ __name__: "a", site: "x" }).at(-1)?.value === "stale");
  const times = sink.series({ __name__: "a", site: "x" }).map(({ timeMs }) => timeMs);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
    "the end lies behind the last sample",
  );
});

test("a job that changes its way, not its series, does not end them", async () => {
  // If this fails, each change of a scrape configuration leaves a gap in all charts.
  await using server = await serveTarget("a 1\n");
  const sink = createMemorySink();
  await using service = open(sink);
  const job = { job_name: "one", static_configs: [{ targets: [server.address] }] };
  await service.reconfigure(section(job));
  await until(sink, () => samplesOf(sink, "a") > 0);
  await service.reconfigure(section({ ...job, honor_timestamps: false }));
  const before = sink.series({ __name__: "a" }).length;
  // More intervals than an ended target waits for its successor.
  await until(sink, () => sink.series({ __name__: "a" }).length > before + 5);
  // On a busy machine a scrape may fail: that is an end of its own.
  const failed = new Set(sink.series({ __name__: "up" }).flatMap(({ timeMs, value }) => (value === 0 ? [timeMs] : [])));
  const ends = sink.series({ __name__: "a" }).filter(({ timeMs, value }) => value === "stale" && !failed.has(timeMs));
  assert.deepEqual(ends, []);
});

test("files of targets are followed, and a wrong one keeps what it had", async () => {
  // If this fails, whoever generates target files loses all targets for a typing error.
  await using server = await serveTarget("a 1\n");
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-targets-"));
  const file = join(directory.path, "a.yaml");
  writeFileSync(file, `- targets: [${JSON.stringify(server.address)}]\n  labels: { site: 1 }\n`);
  const sink = createMemorySink();
  await using service = open(sink);
  const job = { job_name: "one", file_sd_configs: [{ files: ["*.yaml"], refresh_interval: "100ms" }] };
  await service.reconfigure(await resolveScrapeSection(section(job), directory.path));
  await until(sink, () => sink.all().size > 0);
  const [found] = (await service.scrapeTargets(everything)).active;
  assert.deepEqual([found?.labels["site"], found?.discoveredLabels["__meta_filepath"]], ["1", file]);
  writeFileSync(file, "targets: nonsense\n");
  let problems: readonly string[] = [];
  await until(sink, () => {
    void service.scrapeTargets(everything).then(({ pools }) => (problems = pools[0]?.problems ?? []));
    return problems.length > 0;
  });
  assert.match(problems.join(), /a\.yaml/);
  assert.equal((await service.scrapeTargets(everything)).total, 1);
});

test("what Prometheus refuses is refused, and the jobs before go on", async () => {
  // If this fails, a slip in the file stops all scraping.
  const sink = createMemorySink();
  await using service = open(sink);
  await service.reconfigure(section({ job_name: "one", static_configs: [{ targets: ["127.0.0.1:1"] }] }));
  const targets = { static_configs: [{ targets: ["a:1"] }] };
  for (const [job, message] of [
    [{ job_name: "a", scrape_interval: "1s", scrape_timeout: "2s" }, /scrape job "a": scrape_timeout is longer/],
    [{ job_name: "a", relabel_configs: [{ action: "keep", regex: "(" }] }, /relabel_configs\[0\]: .*no regular expression/],
    [{ job_name: "a", basic_auth: { username: "u" }, bearer_token_file: "t" }, /exclude each other/],
    [{ job_name: "a", tls_config: { cert_file: "c" } }, /cert_file and key_file together/],
    [{ job_name: "a", static_configs: [{ targets: ["http://a:1/metrics"] }] }, /no HOST:PORT/],
  ] as const) {
    await assert.rejects(service.reconfigure(section({ ...targets, ...job })), { code: "SCRAPE_INVALID", message });
  }
  await assert.rejects(service.reconfigure(section({ job_name: "a" }, { job_name: "a" })), /another job of this name/);
  assert.equal((await service.scrapeTargets(everything)).total, 1);
});

test("a prometheus.yml is taken with its global settings, and its paths begin where it lies", async () => {
  // If this fails, an existing installation cannot be moved without being rewritten.
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-prometheus-"));
  writeFileSync(
    join(directory.path, "prometheus.yml"),
    [
      "global: { scrape_interval: 30s, evaluation_interval: 30s, external_labels: { site: a } }",
      "rule_files: [rules.yml]",
      "alerting: { alertmanagers: [{ static_configs: [{ targets: [am:9093] }] }] }",
      "remote_write: [{ url: http://x }]",
      "scrape_configs:",
      "  - job_name: node",
      "    bearer_token_file: secrets/token",
      "    static_configs: [{ targets: ['n:9100'] }]",
      "  - { job_name: fast, scrape_interval: 5s, file_sd_configs: [{ files: [t/*.json] }] }",
    ].join("\n"),
  );
  const { scrape } = configSchema.parse({ scrape: { files: ["*.yml"] } });
  const { scrape_configs: jobs } = await resolveScrapeSection(scrape, directory.path);
  assert.deepEqual(
    jobs.map(({ job_name: name, scrape_interval: interval }) => [name, interval]),
    [
      ["node", "30s"],
      ["fast", "5s"],
    ],
  );
  assert.equal(jobs[0]?.bearer_token_file, join(directory.path, "secrets/token"));
  assert.deepEqual(jobs[1]?.file_sd_configs?.[0]?.files, [join(directory.path, "t/*.json")]);
  writeFileSync(
    join(directory.path, "prometheus.yml"),
    "scrape_configs: [{ job_name: a, kubernetes_sd_configs: [{ role: node }] }]\n",
  );
  await assert.rejects(resolveScrapeSection(scrape, directory.path), {
    code: "SCRAPE_INVALID",
    message: /kubernetes_sd_configs/,
  });
});
