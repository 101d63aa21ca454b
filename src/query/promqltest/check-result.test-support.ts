/** Compares a query's result with what a script expects, with the tolerance of Prometheus's own runner. */
import { formatLabels, labelsKey } from "../../core/labels.ts";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import type { MatrixSeries, QueryResult, VectorSample } from "../api.ts";
import { compacted } from "../histogram/buckets.ts";
import { formatHistogramLiteral, type HistogramLiteral } from "./histogram-literal.ts";
import type { EvalCommand } from "./script.test-support.ts";
import type { ScriptValue, SeriesLine } from "./series-line.ts";

/** Source: Prometheus promql/promqltest/test.go, defaultEpsilon. */
const relativeTolerance = 0.000001;
/** Smallest normal float64; below it relative errors mean nothing. */
const smallestNormal = 2.2250738585072014e-308;

/** Equal within the tolerance; NaN equals NaN. Source: Prometheus util/almost. */
export function isAlmostEqual(a: number, b: number): boolean {
  if ((Number.isNaN(a) && Number.isNaN(b)) || a === b) return true;
  const difference = Math.abs(a - b);
  const sum = Math.abs(a) + Math.abs(b);
  if (a === 0 || b === 0 || sum < smallestNormal) return difference < relativeTolerance * smallestNormal;
  return difference / Math.min(sum, Number.MAX_VALUE) < relativeTolerance;
}

/** Returns what is wrong, or `null`. */
export function checkResult(command: EvalCommand, result: QueryResult): string | null {
  switch (result.type) {
    case "scalar":
      return checkScalar(command, result.value);
    case "string": {
      const wanted = command.expectations.find(({ kind }) => kind === "string")?.text;
      return wanted === result.value
        ? null
        : `got the string ${JSON.stringify(result.value)}, expected ${JSON.stringify(wanted)}`;
    }
    case "vector": {
      const series = result.samples.map(toSeries);
      const isOrdered = command.expectations.some(({ kind }) => kind === "ordered");
      return (isOrdered ? checkOrder(command, series) : null) ?? checkSeries(command, series);
    }
    case "matrix":
      return checkSeries(command, result.series);
  }
}

function toSeries({ labels, timestampMs, value, histogram }: VectorSample): MatrixSeries {
  const timestampsMs = Float64Array.of(timestampMs);
  if (histogram === undefined) return { labels, timestampsMs, values: Float64Array.of(value) };
  const none = new Float64Array();
  return { labels, timestampsMs: none, values: none, histograms: { timestampsMs, values: [histogram] } };
}

function checkScalar({ scalar, series }: EvalCommand, value: number): string | null {
  const wanted = scalar ?? series[0]?.values[0];
  if (typeof wanted === "number" && isAlmostEqual(wanted, value)) return null;
  return `got the scalar ${value}, expected ${JSON.stringify(wanted)}`;
}

function checkOrder({ series }: EvalCommand, got: readonly MatrixSeries[]): string | null {
  const wrong = series.findIndex(({ labels }, index) => labelsKey(labels) !== labelsKey(got[index]?.labels ?? {}));
  if (wrong === -1) return null;
  return `element ${wrong + 1} is ${formatLabels(got[wrong]?.labels ?? {})}, expected ${formatLabels(series[wrong]?.labels ?? {})}`;
}

function checkSeries(command: EvalCommand, got: readonly MatrixSeries[]): string | null {
  const wanted = new Map(command.series.map((line) => [labelsKey(line.labels), line]));
  for (const series of got) {
    const key = labelsKey(series.labels);
    const line = wanted.get(key);
    if (line === undefined)
      return `unexpected ${formatLabels(series.labels)} = ${[...pointsOf(series).values()].map(format).join(" ")}`;
    wanted.delete(key);
    const wrong = checkPoints(command, line, series);
    if (wrong !== null) return `${formatLabels(series.labels)}: ${wrong}`;
  }
  const [missing] = wanted.values();
  return missing === undefined ? null : `missing ${formatLabels(missing.labels)}`;
}

function checkPoints({ grid }: EvalCommand, { values }: SeriesLine, series: MatrixSeries): string | null {
  const got = pointsOf(series);
  for (const [index, wanted] of values.entries()) {
    const timeMs = grid.startMs + index * grid.stepMs;
    const value = got.get(timeMs) ?? null;
    got.delete(timeMs);
    if (!isExpected(wanted, value)) return `got ${format(value)} at ${timeMs} ms, expected ${format(wanted)}`;
  }
  const [extra] = got;
  return extra === undefined ? null : `got ${format(extra[1])} at ${extra[0]} ms, expected nothing`;
}

type Point = number | NativeHistogram;

function pointsOf({ timestampsMs, values, histograms }: MatrixSeries): Map<number, Point> {
  const points = new Map<number, Point>();
  for (const [i, timeMs] of timestampsMs.entries()) points.set(timeMs, values[i] ?? Number.NaN);
  for (const [i, timeMs] of histograms?.timestampsMs.entries() ?? []) {
    const histogram = histograms?.values[i];
    if (histogram !== undefined) points.set(timeMs, histogram);
  }
  return points;
}

function isExpected(wanted: ScriptValue, got: Point | null): boolean {
  if (wanted === null || got === null) return wanted === got;
  if (typeof wanted === "number") return typeof got === "number" && isAlmostEqual(wanted, got);
  return typeof wanted === "object" && typeof got === "object" && isAlmostEqualHistogram(wanted, got);
}

/** Empty buckets do not matter, nor what is known of resets where the script does not say it. */
function isAlmostEqualHistogram(wanted: HistogramLiteral, got: NativeHistogram): boolean {
  const [a, b] = [compacted(wanted.histogram), compacted(got)];
  const areAlmostEqual = (x: readonly number[], y: readonly number[]): boolean =>
    x.length === y.length && x.every((value, i) => isAlmostEqual(value, y[i] ?? Number.NaN));
  const layout = ({ schema, zeroThreshold, customValues, positiveSpans, negativeSpans }: NativeHistogram): string =>
    JSON.stringify([schema, zeroThreshold, customValues, positiveSpans, negativeSpans]);
  return (
    layout(a) === layout(b) &&
    areAlmostEqual([a.count, a.sum, a.zeroCount], [b.count, b.sum, b.zeroCount]) &&
    areAlmostEqual(a.positiveBuckets, b.positiveBuckets) &&
    areAlmostEqual(a.negativeBuckets, b.negativeBuckets) &&
    (!wanted.hasHint || a.counterReset === b.counterReset)
  );
}

function format(value: ScriptValue | Point): string {
  if (typeof value !== "object" || value === null) return String(value);
  return formatHistogramLiteral("histogram" in value ? value.histogram : value);
}

/** One step of a range query's result, as the instant query there would give it. */
export function middleStep(result: QueryResult, timeMs: number, type: "vector" | "scalar"): QueryResult {
  const samples = (result.type === "matrix" ? result.series : []).flatMap((series): readonly VectorSample[] => {
    const point = pointsOf(series).get(timeMs);
    if (point === undefined) return [];
    const { labels } = series;
    if (typeof point === "number") return [{ labels, timestampMs: timeMs, value: point }];
    return [{ labels, timestampMs: timeMs, value: Number.NaN, histogram: point }];
  });
  const notes = { warnings: result.warnings, infos: result.infos };
  if (type === "vector") return { type, samples, ...notes };
  return { type, timestampMs: timeMs, value: samples[0]?.value ?? Number.NaN, ...notes };
}
