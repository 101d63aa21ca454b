/**
 * The query API over an engine that keeps the samples: every expression goes to it as it is, and its answer comes back. What is not
 * PromQL (annotations, the syntax of a query) is answered here.
 *
 * Different from the embedded store: names of other ecosystems (aliases) are not translated, what a query costs is not explained, native
 * histograms come through in JSON only, and the newest value of a series has the time for which it was asked.
 */
import type { Annotation } from "../../core/annotation.ts";
import type { Cancellation } from "../../core/cancellation.ts";
import type { Clock } from "../../core/clock.ts";
import { ChainPulseError } from "../../core/errors.ts";
import type { LabelMatcher } from "../../core/labels.ts";
import type { EngineClient, EngineParameters } from "../../store/remote/engine-client.ts";
import { cutToLimit } from "../answer.ts";
import type { LaterApi, QueryApi, QueryFailure, QueryOptions, QueryResult, SeriesSelection } from "../api.ts";
import { parseTree } from "../parse-tree.ts";
import { parseMetricSelector, parseQuery } from "../parser/parser.ts";
import { allMatchers } from "../parser/selector.ts";
import { prettifyQuery } from "../prettier.ts";
import { printQuery } from "../printer.ts";
import { resultJson } from "../result-json.ts";
import { parseQueryAnswer, parseSeries, parseTexts } from "./engine-answer.ts";
import { parseCardinality } from "./engine-cardinality.ts";

export interface PushdownOptions {
  readonly engine: EngineClient;
  readonly clock: Clock;
  /** Time of the newest sample that the engine shows, ms since the epoch; `null` while that is not known. */
  readonly newestMs: () => number | null;
  /** They are kept beside the samples, here. */
  readonly annotations: (startMs: number, endMs: number) => readonly Annotation[];
}

/** As much as Grafana shows at once: an engine answers many small queries side by side. */
const atOnce = 8;

export function createPushdownService(options: PushdownOptions): LaterApi<QueryApi> {
  const { engine, clock } = options;
  const latestMs = (): number => options.newestMs() ?? clock.nowMs();

  const askInstant = (expr: string, timeMs: number, terms: QueryOptions, signal?: Cancellation): Promise<Buffer> =>
    engine.ask("api/v1/query", { query: expr, time: seconds(timeMs), ...commonOf(terms) }, signal);
  const askRange = (
    expr: string,
    span: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
    terms: QueryOptions,
    signal?: Cancellation,
  ): Promise<Buffer> => {
    const times = { start: seconds(span.startMs), end: seconds(span.endMs), step: seconds(span.stepMs) };
    return engine.ask("api/v1/query_range", { query: expr, ...times, ...commonOf(terms) }, signal);
  };
  const instant = async (expr: string, timeMs: number, terms: QueryOptions = {}, signal?: Cancellation): Promise<QueryResult> =>
    cutToLimit(parseQueryAnswer(await askInstant(expr, timeMs, terms, signal)), terms.limit);
  const range: LaterApi<QueryApi>["range"] = async (expr, startMs, endMs, stepMs, terms = {}, signal) =>
    cutToLimit(parseQueryAnswer(await askRange(expr, { startMs, endMs, stepMs }, terms, signal)), terms.limit);
  const list = (path: string, { matchers, startMs, endMs }: SeriesSelection, signal?: Cancellation): Promise<Buffer> =>
    engine.ask(path, { "match[]": selectorsOf(matchers), start: seconds(startMs), end: seconds(endMs), nocache: "1" }, signal);

  return {
    latestMs,
    instant,
    range,
    async instantJson(expr, timeMs, terms = {}, signal) {
      if (hasLimit(terms)) return resultJson(await instant(expr, timeMs, terms, signal));
      return ownCopy(await askInstant(expr, timeMs, terms, signal));
    },
    async rangeJson(expr, startMs, endMs, stepMs, terms = {}, signal) {
      if (hasLimit(terms)) return resultJson(await range(expr, startMs, endMs, stepMs, terms, signal));
      return ownCopy(await askRange(expr, { startMs, endMs, stepMs }, terms, signal));
    },
    batch: (exprs, timeMs) => each(exprs, (expr) => attempt(instant(expr, timeMs))),
    batchRange: (exprs, startMs, endMs, stepMs, signal) =>
      each(exprs, (expr) => attempt(Promise.resolve(range(expr, startMs, endMs, stepMs, {}, signal)))),
    series: async (selection, limit, signal) => parseSeries(await list("api/v1/series", selection, signal)).slice(0, limit),
    labelNames: async (selection, signal) => parseTexts(await list("api/v1/labels", selection, signal)),
    labelValues: async (name, selection, signal) => {
      // A name in the path: letters that no path takes are written as Prometheus does it, `U__` and hexadecimal numbers.
      const path = `api/v1/label/${encodeURIComponent(pathName(name))}/values`;
      return parseTexts(await list(path, selection, signal));
    },
    async latestSamples(matchers, signal) {
      const timeMs = latestMs();
      const found = await each(selectorsOf(matchers), (selector) => instant(selector, timeMs, {}, signal));
      return found.flatMap((result) => (result.type === "vector" ? result.samples : []));
    },
    cardinality: async (limit) =>
      parseCardinality(await engine.ask("api/v1/status/tsdb", { limit: String(limit), topN: String(limit) })),
    annotations: options.annotations,
    parseSelector: (text) => allMatchers(parseMetricSelector(text)),
    explain() {
      throw new ChainPulseError("QUERY_UNSUPPORTED", "the engine that keeps the samples does not say what a query costs", {
        fix: "Ask the engine itself, or keep samples in the embedded store.",
      });
    },
    parse: (expr) => parseTree(parseQuery(expr)),
    format: (expr) => prettifyQuery(parseQuery(expr)),
  };
}

/**
 * `nocache` is for VictoriaMetrics, others do not know the word: without it instant queries leave out what is newer than half a minute.
 * Source: its app/vmselect/prometheus/prometheus.go.
 */
function commonOf({ timeoutMs, stats }: QueryOptions): EngineParameters {
  return {
    nocache: "1",
    ...(timeoutMs === undefined ? {} : { timeout: seconds(timeoutMs) }),
    ...(stats === true ? { stats: "all" } : {}),
  };
}

function hasLimit({ limit = 0 }: QueryOptions): boolean {
  return limit > 0;
}

/** One selector for each set of matchers; one of all series where there is no set. */
function selectorsOf(sets: SeriesSelection["matchers"]): readonly string[] {
  return sets.length === 0 ? ['{__name__!=""}'] : sets.map(selectorOf);
}

function selectorOf(matchers: readonly LabelMatcher[]): string {
  const nowhere = { start: 0, end: 0 };
  return printQuery({
    kind: "selector",
    name: null,
    matchers,
    extension: null,
    offsetMs: 0,
    offsetExpr: null,
    at: null,
    span: nowhere,
  });
}

function pathName(name: string): string {
  if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) return name;
  const escaped = Array.from(name, (letter) => {
    if (letter === "_") return "__";
    return /[a-zA-Z0-9:]/.test(letter) ? letter : `_${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase()}_`;
  });
  return `U__${escaped.join("")}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Memory of its own, which can be moved to another thread. */
function ownCopy(body: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(body);
}

/** A query's failure as data. What is not a `ChainPulseError` is our bug and goes on up. */
async function attempt(asked: Promise<QueryResult>): Promise<QueryResult | QueryFailure> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ChainPulseError) return { code: error.code, message: error.message };
    throw error;
  }
}

/** The answers in the order of the items, a few of which are asked for at a time. */
async function each<T, R>(items: readonly T[], ask: (item: T) => R | Promise<R>): Promise<readonly R[]> {
  const answers = new Map<number, R>();
  const waiting = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of waiting) answers.set(index, await ask(item));
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return [...answers].toSorted(([a], [b]) => a - b).map(([, answer]) => answer);
}
