/** The query API over one reader of the store; runs in the query thread, and in the analyse thread over a reader of its own. */
import type { Cancellation } from "../core/cancellation.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";
import { type LabelMatcher, labelsKey } from "../core/labels.ts";
import type { ReadObserver, SampleReader } from "../core/storage.ts";
import { cutToLimit, withStats } from "./answer.ts";
import type { QueryApi, QueryFailure, QueryOptions, QueryResult, SeriesSelection, VectorSample } from "./api.ts";
import { createEngine } from "./engine.ts";
import { explainQuery } from "./explain.ts";
import { isStale } from "./eval/stale.ts";
import { type CallBudget, defaultLimits, defaultLookbackMs, QueryBudget, type QueryLimits } from "./limits.ts";
import { parseTree } from "./parse-tree.ts";
import { parseMetricSelector } from "./parser/parser.ts";
import { allMatchers } from "./parser/selector.ts";
import { prettifyQuery } from "./prettier.ts";
import { resultJson } from "./result-json.ts";

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
/** Results kept: a dashboard of 50 panels with 20 series and 500 points takes 8 MB. */
const resultCacheBytes = 32 * 1024 * 1024;
const minuteMs = 60_000;

/** Every call answers from one state of the store: it refreshes the reader first, and once. */
export function createQueryService(reader: SampleReader, options: QueryServiceOptions = {}): QueryApi {
  const lookbackMs = options.lookbackMs ?? defaultLookbackMs;
  const clock = options.clock ?? systemClock;
  const engine = createEngine(reader, {
    clock,
    limits: { ...defaultLimits, ...options.limits },
    lookbackMs,
    subqueryStepMs: options.subqueryStepMs ?? minuteMs,
    experimentalFunctions: options.experimentalFunctions ?? false,
    parseCacheEntries,
    resultCacheBytes,
  });
  const answer = <T>(
    expr: string,
    options: QueryOptions,
    signal: Cancellation | undefined,
    evaluate: (call: CallBudget) => QueryResult,
    shape: Shape<T>,
  ): T => {
    const call = engine.newCall(options, signal);
    // It may have waited in the thread's queue for longer than it has.
    call.checkTime();
    reader.refresh();
    const result =
      options.stats === true ? withStats(options, { engine, clock, call, expr }, () => evaluate(call)) : evaluate(call);
    // A large answer takes time on its way too: what comes too late is not sent.
    call.checkTime();
    return shape(cutToLimit(result, options.limit), call);
  };
  const instantAs =
    <T>(shape: Shape<T>) =>
    (...[expr, timeMs, options = {}, signal]: Parameters<QueryApi["instant"]>): T =>
      answer(expr, options, signal, (call) => engine.instant(expr, timeMs, call), shape);
  const rangeAs =
    <T>(shape: Shape<T>) =>
    (...[expr, startMs, endMs, stepMs, options = {}, signal]: Parameters<QueryApi["range"]>): T =>
      answer(expr, options, signal, (call) => engine.range(expr, startMs, endMs, stepMs, call), shape);
  /** Asks once for each set of matchers, or once without conditions when there is none, and unites the answers. */
  const union = <T>(
    sets: SeriesSelection["matchers"],
    signal: Cancellation | undefined,
    read: (set: readonly LabelMatcher[], observer: ReadObserver) => readonly T[],
    admit: (call: CallBudget) => ReadObserver["admit"] = (call) => () => call.checkTime(),
  ): readonly T[] => {
    // Labels have no place for notes.
    const observer: ReadObserver = { admit: admit(engine.newCall({}, signal)), note: () => undefined };
    reader.refresh();
    return (sets.length === 0 ? [[]] : sets).flatMap((set) => read(set, observer));
  };
  return {
    latestMs() {
      reader.refresh();
      return reader.latestMs();
    },
    instant: instantAs(asItIs),
    range: rangeAs(asItIs),
    instantJson: instantAs(asJson),
    rangeJson: rangeAs(asJson),
    batch(exprs, timeMs) {
      reader.refresh();
      const call = engine.newCall();
      return exprs.map((expr) => attempt(() => engine.instant(expr, timeMs, call)));
    },
    batchRange(exprs, startMs, endMs, stepMs, signal) {
      reader.refresh();
      const call = engine.newCall({}, signal);
      return exprs.map((expr) => attempt(() => engine.range(expr, startMs, endMs, stepMs, call)));
    },
    series({ matchers, startMs, endMs }, limit, signal) {
      const found = union(matchers, signal, (set, observer) => reader.series(set, startMs, endMs, observer));
      return distinct(found, labelsKey).slice(0, limit);
    },
    labelNames: ({ matchers, startMs, endMs }, signal) =>
      distinctSorted(union(matchers, signal, (set, observer) => reader.labelNames(set, startMs, endMs, observer))),
    labelValues: (name, { matchers, startMs, endMs }, signal) =>
      distinctSorted(union(matchers, signal, (set, observer) => reader.labelValues(name, set, startMs, endMs, observer))),
    latestSamples(matchers, signal) {
      const read = (set: readonly LabelMatcher[], observer: ReadObserver): readonly VectorSample[] =>
        latestSamples(reader, set, lookbackMs, observer);
      // Where a series has none lately, all its samples of the look-back are read.
      const found = union(matchers, signal, read, (call) => {
        const budget = new QueryBudget(call);
        return (samples) => budget.read(samples);
      });
      return distinct(found, ({ labels }) => labelsKey(labels));
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
    explain(expr, timeMs, options, signal) {
      const call = engine.newCall(options, signal);
      reader.refresh();
      return explainQuery(engine, clock, call, expr, timeMs);
    },
    parse: (expr) => parseTree(engine.parse(expr)),
    format: (expr) => prettifyQuery(engine.parse(expr)),
  };
}

/** What a call gives of its query's result. */
type Shape<T> = (result: QueryResult, call: CallBudget) => T;

const asItIs: Shape<QueryResult> = (result) => result;
const asJson: Shape<Uint8Array<ArrayBuffer>> = (result, call) => resultJson(result, { checkTime: () => call.checkTime() });

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

/** The last of those with the same key, in the order of the first. */
function distinct<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const byKey = new Map<string, T>();
  for (const item of items) byKey.set(keyOf(item), item);
  return [...byKey.values()];
}

function latestSamples(
  reader: SampleReader,
  matchers: readonly LabelMatcher[],
  lookbackMs: number,
  observer: ReadObserver,
): readonly VectorSample[] {
  const latestMs = reader.latestMs();
  if (latestMs === null) return [];
  return reader.select(matchers, latestMs - lookbackMs, latestMs, { ...observer, newestOnly: true }).flatMap((series) => {
    const { labels, timestampsMs, values, histograms } = series;
    const last = values.length - 1;
    const [timestampMs, value] = [timestampsMs[last], values[last]];
    if (timestampMs === undefined || value === undefined || isStale(values, last)) return [];
    const histogram = histograms?.[last];
    return [{ labels, timestampMs, value, ...(histogram === undefined ? {} : { histogram }) }];
  });
}
