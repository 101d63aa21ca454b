/** The query API over one reader of the store; runs in the query thread, and in the analyse thread over a reader of its own. */
import { type Clock, systemClock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";
import { type LabelMatcher, type Labels, labelsKey } from "../core/labels.ts";
import type { SampleReader } from "../core/storage.ts";
import type { QueryApi, QueryFailure, QueryResult, VectorSample } from "./api.ts";
import { createEngine } from "./engine.ts";
import { isStale } from "./eval/read-samples.ts";
import { defaultLimits, type QueryLimits } from "./limits.ts";
import { parseMetricSelector } from "./parser/parser.ts";
import { allMatchers } from "./parser/selector.ts";
import { printQuery } from "./printer.ts";

/** All optional; the defaults are Prometheus's. */
export interface QueryServiceOptions {
  readonly clock?: Clock;
  readonly limits?: Partial<QueryLimits>;
  /** Default: 5 min, as Prometheus. */
  readonly lookbackMs?: number;
  /** Default: 1 min, as Prometheus. */
  readonly subqueryStepMs?: number;
  /** Functions behind Prometheus's flag `promql-experimental-functions`. Default: off. */
  readonly experimentalFunctions?: boolean;
}

/** Distinct queries kept parsed: several dashboards' and all checks' worth. */
const parseCacheEntries = 2000;
const minuteMs = 60_000;

/** Every call answers from one state of the store: it refreshes the reader first, and once. */
export function createQueryService(reader: SampleReader, options: QueryServiceOptions = {}): QueryApi {
  const lookbackMs = options.lookbackMs ?? 5 * minuteMs;
  const engine = createEngine(reader, {
    clock: options.clock ?? systemClock,
    limits: { ...defaultLimits, ...options.limits },
    lookbackMs,
    subqueryStepMs: options.subqueryStepMs ?? minuteMs,
    experimentalFunctions: options.experimentalFunctions ?? false,
    parseCacheEntries,
  });
  /** Runs `read` once without conditions when no set of matchers is given, else once for each set, and unites the answers. */
  const union = <T>(
    sets: readonly (readonly LabelMatcher[])[],
    read: (set: readonly LabelMatcher[]) => readonly T[],
  ): readonly T[] => {
    reader.refresh();
    return sets.length === 0 ? read([]) : sets.flatMap(read);
  };
  return {
    latestMs() {
      reader.refresh();
      return reader.latestMs();
    },
    instant(expr, timeMs) {
      reader.refresh();
      return engine.instant(expr, timeMs);
    },
    range(expr, startMs, endMs, stepMs) {
      reader.refresh();
      return engine.range(expr, startMs, endMs, stepMs);
    },
    batch(exprs, timeMs) {
      reader.refresh();
      const call = engine.newCall();
      return exprs.map((expr) => attempt(() => engine.instant(expr, timeMs, call)));
    },
    batchRange(exprs, startMs, endMs, stepMs) {
      reader.refresh();
      const call = engine.newCall();
      return exprs.map((expr) => attempt(() => engine.range(expr, startMs, endMs, stepMs, call)));
    },
    series(sets, startMs, endMs, limit) {
      const distinct = new Map<string, Labels>();
      for (const labels of union(sets, (set) => reader.series(set, startMs, endMs))) distinct.set(labelsKey(labels), labels);
      return [...distinct.values()].slice(0, limit);
    },
    labelNames: (sets, startMs, endMs) => distinctSorted(union(sets, (set) => reader.labelNames(set, startMs, endMs))),
    labelValues: (name, sets, startMs, endMs) =>
      distinctSorted(union(sets, (set) => reader.labelValues(name, set, startMs, endMs))),
    latestSamples(matchers) {
      reader.refresh();
      const latestMs = reader.latestMs();
      return latestMs === null ? [] : latestSamples(reader, matchers, latestMs, lookbackMs);
    },
    cardinality(limit) {
      reader.refresh();
      return reader.cardinality(limit);
    },
    annotations(startMs, endMs) {
      reader.refresh();
      return reader.annotations(startMs, endMs);
    },
    parseSelector: (text) => allMatchers(parseMetricSelector(text)),
    format: (expr) => printQuery(engine.parse(expr)),
  };
}

/** A query's failure as data. What is not a `ChainPulseError` is our bug and goes on up. */
function attempt(run: () => QueryResult): QueryResult | QueryFailure {
  try {
    return run();
  } catch (error) {
    if (error instanceof ChainPulseError) return { code: error.code, message: error.message };
    throw error;
  }
}

function distinctSorted(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

function latestSamples(
  reader: SampleReader,
  matchers: readonly LabelMatcher[],
  latestMs: number,
  lookbackMs: number,
): readonly VectorSample[] {
  return reader.select(matchers, latestMs - lookbackMs, latestMs).flatMap(({ labels, timestampsMs, values }) => {
    const last = values.length - 1;
    const [timestampMs, value] = [timestampsMs[last], values[last]];
    if (timestampMs === undefined || value === undefined || isStale(values, last)) return [];
    return [{ labels, timestampMs, value }];
  });
}
