/**
 * Results of range queries, kept for the next time that they are asked: a chart that is refreshed asks for what it had before, and for
 * one more step. Time goes forward in the store, so that what was computed of samples up to the newest tick stays as it is; only later
 * steps are evaluated. Answers are the ones that they would be without it, to the bit.
 *
 * Not kept: what has notes (they belong to steps that may not be asked again, or speak of files that may be mended) or native histograms,
 * and expressions whose value at a step depends on more than the samples before it (`isRepeatable`).
 */
import { labelsKey } from "../core/labels.ts";
import { countUpTo } from "../core/count-up-to.ts";
import type { MatrixSeries, QueryResult } from "./api.ts";
import { type Expr, unwrapParens } from "./ast.ts";
import { nameFateOf } from "./name-fate.ts";
import { childrenOf } from "./parser/children.ts";
import { printQuery } from "./printer.ts";

/** A range query. */
export interface RangeQuery {
  readonly expr: Expr;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly lookbackMs: number;
}

/** What the store says of itself at the time of a query. */
export interface StoreState {
  /** As `SampleReader.generation`. */
  readonly generation: number | null;
  /** As `SampleReader.finalMs`. */
  readonly finalMs: number | null;
}

/** Evaluates the query's steps from one of them on. */
export type EvaluateFrom = (startMs: number) => QueryResult;

interface Kept {
  readonly startMs: number;
  /** The last step whose value is here. */
  readonly endMs: number;
  /** Longest time that was asked for: with the steps that are added, older ones go. */
  readonly lengthMs: number;
  readonly series: readonly MatrixSeries[];
  readonly bytes: number;
}

/** What a series costs beside its points and the texts of its labels: objects, array headers; estimated. */
const seriesBytes = 400;
/** One result may take so much of the cache. */
const shareMax = 0.25;

export class ResultCache {
  readonly #maxBytes: number;
  /** In the order of use. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;
  #generation: number | null = null;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The answer, of which as little as possible is evaluated. */
  answer(query: RangeQuery, { generation, finalMs: newestMs }: StoreState, evaluate: EvaluateFrom): QueryResult {
    const { startMs, endMs, stepMs } = query;
    if (generation === null || newestMs === null || !isRepeatable(query.expr)) return evaluate(startMs);
    if (generation !== this.#generation) this.#clear(generation);
    const key = keyOf(query);
    const kept = this.#take(key);
    // The last step is never after the newest tick, nor where late samples are still to be expected, or it would not be final.
    const finalMs = startMs + Math.floor((Math.min(endMs, newestMs) - startMs) / stepMs) * stepMs;
    if (kept === undefined || startMs < kept.startMs || startMs > kept.endMs || (startMs - kept.startMs) % stepMs !== 0) {
      const result = evaluate(startMs);
      if (isPlain(result)) this.#keep(key, { startMs, endMs: finalMs, lengthMs: endMs - startMs }, result.series);
      return result;
    }
    if (endMs <= kept.endMs) {
      this.#put(key, kept);
      return plain(partOf(kept.series, startMs, endMs));
    }
    const rest = evaluate(kept.endMs + stepMs);
    // Which steps notes are of is not known.
    if (!isPlain(rest)) return evaluate(startMs);
    const series = joined(kept.series, rest.series);
    const lengthMs = Math.max(kept.lengthMs, endMs - startMs);
    const oldestMs = finalMs - Math.floor(lengthMs / stepMs) * stepMs;
    const span = { startMs: Math.max(kept.startMs, oldestMs), endMs: Math.max(kept.endMs, finalMs), lengthMs };
    this.#keep(key, span, series);
    return plain(partOf(series, startMs, endMs));
  }

  /** Keeps the steps of the span. */
  #keep(key: string, span: Pick<Kept, "startMs" | "endMs" | "lengthMs">, series: readonly MatrixSeries[]): void {
    if (span.endMs < span.startMs) return;
    const bytes = series.reduce((sum, one) => sum + bytesOf(one), seriesBytes + 2 * key.length);
    if (bytes > shareMax * this.#maxBytes) return;
    this.#put(key, { ...span, series: partOf(series, span.startMs, span.endMs), bytes });
  }

  #put(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    this.#bytes += kept.bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#take(oldest);
    }
  }

  #take(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    this.#bytes -= kept?.bytes ?? 0;
    return kept;
  }

  #clear(generation: number): void {
    this.#kept.clear();
    this.#bytes = 0;
    this.#generation = generation;
  }
}

function bytesOf({ labels, values }: MatrixSeries): number {
  let chars = 0;
  for (const name in labels) chars += name.length + (labels[name] ?? "").length;
  return seriesBytes + 2 * chars + 16 * values.length;
}

type Plain = Extract<QueryResult, { readonly type: "matrix" }>;

/** Whether it can be kept. */
function isPlain(result: QueryResult): result is Plain {
  const { warnings, infos } = result;
  if (result.type !== "matrix" || warnings.length > 0 || infos.length > 0) return false;
  return result.series.every(({ histograms }) => histograms === undefined);
}

function plain(series: readonly MatrixSeries[]): Plain {
  return { type: "matrix", series, warnings: [], infos: [] };
}

/**
 * Queries with the same key have the same value at each step that they have in common. Whose steps do not meet takes the other's place: a
 * client that does not align its times would otherwise fill the cache with what is never asked again.
 */
function keyOf({ expr, stepMs, lookbackMs }: RangeQuery): string {
  return `${stepMs}/${lookbackMs}/${printQuery(expr)}`;
}

/** Functions whose value at a step depends on the other steps, or on what the whole range has. */
const wholeRange: ReadonlySet<string> = new Set(["start", "end", "step", "range", "info"]);

/** Whether the value at a step is one of the samples up to it, and of nothing else. Durations that are computed may be made of the range. */
export function isRepeatable(expr: Expr): boolean {
  const inner = unwrapParens(expr);
  const shifted = inner.kind === "range" ? inner.selector : inner;
  if (shifted.kind === "selector" || shifted.kind === "subquery") {
    if (shifted.at !== null || shifted.offsetMs < 0 || shifted.offsetExpr !== null) return false;
    // It looks for the sample after the step.
    if (shifted.kind === "selector" && shifted.extension === "smoothed") return false;
  }
  if ((inner.kind === "range" || inner.kind === "subquery") && inner.rangeExpr !== null) return false;
  if (inner.kind === "subquery" && inner.stepExpr !== null) return false;
  if (inner.kind === "call" && wholeRange.has(inner.name)) return false;
  // Whether a name is dropped is decided for the range, by the first step that has an element.
  if (inner.kind === "binary" && inner.operator === "or" && nameFateOf(inner) === "mixed") return false;
  if (inner.kind === "aggregation" && !inner.without && inner.grouping.includes("__name__")) return false;
  return childrenOf(inner).every(isRepeatable);
}

/** The points with startMs ≤ time ≤ endMs, in fresh arrays; series without any are left out. Times that were shared stay shared. */
function partOf(series: readonly MatrixSeries[], startMs: number, endMs: number): readonly MatrixSeries[] {
  const timesOf = remembering((timestampsMs: Float64Array) => {
    const [from, to] = [countUpTo(timestampsMs, startMs - 1), countUpTo(timestampsMs, endMs)];
    return { from, to, timestampsMs: timestampsMs.slice(from, to) };
  });
  return series.flatMap(({ labels, timestampsMs, values }) => {
    const part = timesOf(timestampsMs);
    if (part.from >= part.to) return [];
    return [{ labels, timestampsMs: part.timestampsMs, values: values.slice(part.from, part.to) }];
  });
}

/** The points of both, whose series are in the order of their labels. All times of the first are before those of the second. */
function joined(before: readonly MatrixSeries[], after: readonly MatrixSeries[]): readonly MatrixSeries[] {
  const timesAfter = remembering((first: Float64Array) => remembering((second: Float64Array) => concatenated(first, second)));
  const keyed = (series: readonly MatrixSeries[]): readonly (readonly [string, MatrixSeries])[] =>
    series.map((one) => [labelsKey(one.labels), one]);
  const rest = new Map(keyed(after));
  const result = keyed(before).map(([key, one]): readonly [string, MatrixSeries] => {
    const more = rest.get(key);
    rest.delete(key);
    if (more === undefined) return [key, one];
    const timestampsMs = timesAfter(one.timestampsMs)(more.timestampsMs);
    const values = concatenated(one.values, more.values);
    return [key, { ...more, timestampsMs, values }];
  });
  const all = [...result, ...rest];
  if (rest.size > 0) all.sort(([a], [b]) => (a < b ? -1 : 1));
  return all.map(([, one]) => one);
}

function concatenated(first: Float64Array, second: Float64Array): Float64Array {
  const both = new Float64Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** The function, which gives the same object as before for the same array as before. */
function remembering<T>(compute: (array: Float64Array) => T): (array: Float64Array) => T {
  let last: { readonly array: Float64Array; readonly result: T } | null = null;
  return (array) => (last?.array === array ? last : (last = { array, result: compute(array) })).result;
}
