/**
 * One query of `bench/store-read` in a process that has not read anything: once cold, then again and again.
 *
 *   store-read-child.ts DATA_DIR START_MS END_MS QUERY
 */
import { ChainPulseError } from "../../src/core/errors.ts";
import type { SampleReader } from "../../src/core/storage.ts";
import { createQueryService } from "../../src/query/service.ts";
import { openReader } from "../../src/store/reader.ts";
import { benchLogger } from "./bench-logger.ts";
import { round } from "./report.ts";
import { type ReadQuery, readQueries } from "./store-read-queries.ts";

const warmRuns = 7;

interface Answer {
  readonly series: number;
  readonly points: number;
  /** Of the first series: to be compared. */
  readonly firstValues: readonly number[];
}

interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

function ask(reader: SampleReader, query: ReadQuery, startMs: number, endMs: number): Answer {
  if (query.kind === "raw") {
    const series = reader.select(query.matchers, startMs, endMs);
    return { series: series.length, points: series.reduce((sum, { values }) => sum + values.length, 0), firstValues: [] };
  }
  const result = createQueryService(reader).range(query.expr, startMs + query.stepMs, endMs, query.stepMs);
  if (result.type !== "matrix") throw new Error(`${query.expr} gave a ${result.type}`);
  return {
    series: result.series.length,
    points: result.series.reduce((sum, { values }) => sum + values.length, 0),
    firstValues: Array.from(result.series[0]?.values ?? []),
  };
}

function timed<T>(work: () => T): { readonly result: T; readonly cost: Cost } {
  const before = process.cpuUsage();
  const startMs = performance.now();
  const result = work();
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(before);
  return { result, cost: { ms, cpuMs: (user + system) / 1000 } };
}

function median(costs: readonly Cost[], field: keyof Cost): number {
  return round(costs.map((cost) => cost[field]).toSorted((a, b) => a - b)[costs.length >> 1] ?? Number.NaN);
}

function run(dataDir: string, startMs: number, endMs: number, query: ReadQuery): Readonly<Record<string, unknown>> {
  try {
    const cold = timed(() => {
      const reader = openReader({ dataDir, logger: benchLogger });
      return { reader, answer: ask(reader, query, startMs, endMs) };
    });
    const { reader, answer } = cold.result;
    const warm = Array.from({ length: warmRuns }, () => timed(() => ask(reader, query, startMs, endMs)).cost);
    reader.close();
    return {
      ...answer,
      coldMs: round(cold.cost.ms),
      coldCpuMs: round(cold.cost.cpuMs),
      warmMs: median(warm, "ms"),
      warmCpuMs: median(warm, "cpuMs"),
    };
  } catch (error) {
    if (error instanceof ChainPulseError) return { refused: error.code, message: error.message };
    throw error;
  }
}

const [dataDir = "", startMs, endMs, name = ""] = process.argv.slice(2);
const query = readQueries()[name];
if (query === undefined) throw new Error(`no query is called ${name}`);
console.log(JSON.stringify(run(dataDir, Number(startMs), Number(endMs), query)));
