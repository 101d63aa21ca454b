/**
 * What PromQL costs: 3,000 series, two hours of them in 241 steps, asked over HTTP, beside Prometheus and VictoriaMetrics on the same
 * samples. First the answers are compared, then CPU is counted: user and system time of the whole process, over all threads. Caches
 * of results are off (`nocache=1`), and ours of decoded columns with them; the labels of series are in memory in all three.
 *
 *   npm run bench -- query [--rows raw,sum] [--queries 4]
 */
import assert from "node:assert/strict";
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { differenceOf } from "./support/query-compare.ts";
import { querySet } from "./support/query-data.ts";
import { ask, cpuMsOf, matrixOf, peerNames, type RangeQuery, startEngines } from "./support/query-engines.ts";
import { type QueryRow, queryRows } from "./support/query-rows.ts";
import { report, round } from "./support/report.ts";

const { values: options } = parseArgs({
  options: { rows: { type: "string" }, queries: { type: "string", default: "4" } },
});

const stepMs = 30_000;
const steps = 241;
/** Steps do not fall on samples: there Prometheus 2 counts one more in each window than 3 does. */
const offsetMs = 7000;
const hourMs = 3_600_000;
/** Engines take turns, so that whatever else the machine does meets all of them. */
const rounds = 3;
/** Until nothing is compiled any more; of small answers as many times more as are asked for. */
const warmUps = 6;
const smallQueries = 25;

type Figures = Readonly<Record<string, unknown>>;

const set = querySet(Date.now() - 24 * hourMs);
using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-query-"));
await using running = new AsyncDisposableStack();
console.error(`${set.series.length} series, ${set.samples} samples into each engine …`);
const { chainpulse, peers } = await startEngines(directory.path, set);
const engines = { chainpulse, ...peers };
for (const engine of Object.values(engines)) if (engine !== null) running.use(engine);

/** `shift` in steps. */
function queryOf(expr: string, shift: number, cached: boolean): RangeQuery {
  const startMs = set.firstMs + 1.2 * hourMs + offsetMs + shift * stepMs;
  return { expr, startMs, endMs: startMs + (steps - 1) * stepMs, stepMs, cached };
}

/** Which peers give the same answer as we do. Throws where one does not and should. */
async function compare(name: string, { expr, series, differs, namedBy }: QueryRow): Promise<Figures> {
  const query = queryOf(expr, 0, false);
  const ours = matrixOf(await ask(chainpulse, query));
  if (series !== null) assert.equal(ours.length, series, `${name}: the series that there should be`);
  const verdicts: Record<string, string> = {};
  for (const peer of peerNames) {
    const engine = peers[peer];
    if (engine === null) continue;
    const difference = differenceOf(ours, matrixOf(await ask(engine, query)), namedBy !== peer);
    const reason = differs[peer];
    if (difference !== null) assert.ok(reason !== undefined, `${name}: ours has ${difference} in ${peer}`);
    verdicts[peer] = difference === null ? "equal" : `not comparable: ${reason}`;
  }
  return verdicts;
}

type PerEngine = Readonly<Record<string, number>>;

/** Of one query, for each engine that runs: CPU, and how long half of the answers took at most. */
async function measure(row: QueryRow, cached: boolean): Promise<{ readonly cpuMs: PerEngine; readonly p50Ms: PerEngine }> {
  // CPU is counted in 10 ms: an answer that takes less is asked for more often.
  const scale = row.isSmall ? smallQueries : 1;
  const queries = Number(options.queries) * scale;
  const cpuMs = new Map<string, number>();
  const wallMs: Record<string, number[]> = {};
  for (let turn = -1; turn < rounds; turn++) {
    for (const [name, engine] of Object.entries(engines)) {
      if (engine === null) continue;
      const askAll = async (count: number): Promise<void> => {
        // With a cache as a dashboard asks: a step later each time.
        for (let i = 0; i < count; i++) {
          const beganMs = performance.now();
          await ask(engine, queryOf(row.expr, cached ? turn * queries + i : 0, cached));
          if (turn >= 0) (wallMs[name] ??= []).push(performance.now() - beganMs);
        }
      };
      if (turn === -1) await askAll(warmUps * scale);
      else cpuMs.set(name, (cpuMs.get(name) ?? 0) + (await cpuMsOf(engine, () => askAll(queries))));
    }
  }
  return {
    cpuMs: Object.fromEntries(Array.from(cpuMs, ([name, sum]) => [name, round(sum / rounds / queries)])),
    p50Ms: Object.fromEntries(Object.entries(wallMs).map(([name, all]) => [name, round(median(all))])),
  };
}

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN;
}

function ratios(cpuMs: PerEngine): Figures {
  const own = cpuMs["chainpulse"] ?? Number.NaN;
  return Object.fromEntries(peerNames.flatMap((peer) => (cpuMs[peer] === undefined ? [] : [[peer, round(own / cpuMs[peer])]])));
}

async function run(name: string, row: QueryRow, cached: boolean): Promise<Figures> {
  const answers = await compare(name, row);
  const { cpuMs, p50Ms } = await measure(row, cached);
  console.error(`${name}: ${JSON.stringify({ cpuMs, p50Ms })}`);
  return { expr: row.expr, answers, cpuMs, ratios: ratios(cpuMs), p50Ms };
}

const wanted = options.rows?.split(",");
const figures: Record<string, Figures> = {};
for (const [name, row] of Object.entries(queryRows)) {
  if (wanted?.includes(name) === false) continue;
  figures[name] = await run(name, row, false);
  if (row.alsoCached) figures[`${name}Cached`] = await run(name, row, true);
}
report("query", {
  series: set.series.length,
  samples: set.samples,
  steps,
  stepMs,
  queriesPerRow: rounds * Number(options.queries),
  notInstalled: peerNames.filter((peer) => peers[peer] === null),
  rows: figures,
});
