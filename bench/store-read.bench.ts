/**
 * A month into a chart: 30 days of 100 series at one sample a second, made anew or kept from the last run (`--dir`), and asked for a
 * thousand points of one series and of all. Cold is a fresh process with the store's files dropped from the kernel's cache; warm is
 * the median of seven further runs in it.
 *
 *   npm run bench -- store-read [--days 30] [--series 100] [--dir DIR]
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { z } from "zod";
import { jsonOf } from "./support/json-child.ts";
import { dropFromCache } from "./support/page-cache.ts";
import { report, round } from "./support/report.ts";
import { diskUsage } from "./support/store-disk.ts";
import { StoreFeeder } from "./support/store-feeder.ts";
import { readQueries } from "./support/store-read-queries.ts";
import { firstOfKind, SyntheticSeries } from "./support/store-synthetic.ts";

const { values: options } = parseArgs({
  options: {
    days: { type: "string", default: "30" },
    series: { type: "string", default: "100" },
    dir: { type: "string" },
  },
});

const dayMs = 86_400_000;
const daySeconds = 86_400;
/** What a kept directory must have been made of. */
const plan = { startMs: Date.UTC(2026, 0, 1), days: Number(options.days), series: Number(options.series) };
const endMs = plan.startMs + plan.days * dayMs;

/** Makes the store, unless it is there. The plan is written last: a directory without it is not whole. */
async function build(directory: string): Promise<number | null> {
  const planPath = join(directory, "plan.json");
  if (existsSync(planPath)) {
    const kept: unknown = JSON.parse(readFileSync(planPath, "utf8"));
    assert.ok(isDeepStrictEqual(kept, plan), `${directory} was made by another plan: remove it`);
    return null;
  }
  mkdirSync(directory, { recursive: true });
  const synthetic = new SyntheticSeries(plan.series);
  const feeder = new StoreFeeder({
    dataDir: join(directory, "data"),
    labels: synthetic.labels,
    startMs: plan.startMs,
    syncs: false,
    retentionDays: 2 * plan.days,
  });
  const before = process.cpuUsage();
  for (let day = 0; day < plan.days; day++) {
    console.error(`day ${day + 1} of ${plan.days} …`);
    await feeder.feed(synthetic.ticks(plan.startMs + day * dayMs, daySeconds));
  }
  feeder.restUntil(endMs + dayMs / 24);
  feeder.close();
  const { user, system } = process.cpuUsage(before);
  writeFileSync(planPath, JSON.stringify(plan));
  return round((user + system) / 1e6);
}

const answerSchema = z.looseObject({ firstValues: z.array(z.number()).optional() });

async function measure(dataDir: string, name: string): Promise<z.infer<typeof answerSchema>> {
  const stillCachedBytes = dropFromCache(dataDir);
  const args = [dataDir, String(plan.startMs), String(endMs), name];
  const answer = answerSchema.parse(await jsonOf(new URL("./support/store-read-child.ts", import.meta.url), args));
  console.error(`${name}: ${JSON.stringify({ ...answer, firstValues: undefined })}`);
  return { ...answer, stillCachedBytes };
}

/** The greatest value of each window, from the series itself, made once more. */
function expectedMax(stepMs: number): readonly number[] {
  const alone = new SyntheticSeries(1, firstOfKind("load"));
  const greatest: number[] = [];
  for (const { timestampMs, values } of alone.ticks(plan.startMs, plan.days * daySeconds)) {
    const window = Math.ceil((timestampMs - plan.startMs) / stepMs) - 1;
    greatest[window] = Math.max(greatest[window] ?? -Infinity, values[0] ?? Number.NaN);
  }
  return greatest.slice(0, Math.floor((plan.days * dayMs) / stepMs));
}

using temporary = options.dir === undefined ? mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-read-")) : undefined;
const directory = options.dir ?? temporary?.path ?? "";
const buildCpuSeconds = await build(directory);
const dataDir = join(directory, "data");
const samples = plan.series * plan.days * daySeconds;
const { bytes, parts } = diskUsage(dataDir);

const figures: Record<string, unknown> = {};
for (const [name, query] of Object.entries(readQueries())) {
  const { firstValues, ...figure } = await measure(dataDir, name);
  if (name === "oneMax" && query.kind === "promql" && firstValues !== undefined) {
    assert.deepEqual(firstValues, expectedMax(query.stepMs), "the answer is what the samples come to");
  }
  figures[name] = figure;
}
report("store-read", {
  days: plan.days,
  series: plan.series,
  samples,
  buildCpuSeconds,
  bytes,
  parts,
  bytesPerSample: round(bytes / samples),
  queries: figures,
  peer: null,
  peerReason: "a month of seconds is not fed to another store here; bench/store compares the stores on an hour",
});
