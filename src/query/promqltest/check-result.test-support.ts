/** Compares a query's result with what a script expects, with the tolerance of Prometheus's own runner. */
import { formatLabels, labelsKey } from "../../core/labels.ts";
import type { MatrixSeries, QueryResult } from "../api.ts";
import type { EvalCommand } from "./script.test-support.ts";
import type { SeriesLine } from "./series-line.test-support.ts";

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
      const series = result.samples.map(({ labels, timestampMs, value }) => point(labels, timestampMs, value));
      const isOrdered = command.expectations.some(({ kind }) => kind === "ordered");
      return (isOrdered ? checkOrder(command, series) : null) ?? checkSeries(command, series);
    }
    case "matrix":
      return checkSeries(command, result.series);
  }
}

function point(labels: MatrixSeries["labels"], timestampMs: number, value: number): MatrixSeries {
  return { labels, timestampsMs: Float64Array.of(timestampMs), values: Float64Array.of(value) };
}

function checkScalar({ scalar, series }: EvalCommand, value: number): string | null {
  const wanted = scalar ?? series[0]?.values[0];
  if (typeof wanted === "number" && isAlmostEqual(wanted, value)) return null;
  return `got the scalar ${value}, expected ${wanted}`;
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
    if (line === undefined) return `unexpected ${formatLabels(series.labels)} = ${series.values.join(" ")}`;
    wanted.delete(key);
    const wrong = checkPoints(command, line, series);
    if (wrong !== null) return `${formatLabels(series.labels)}: ${wrong}`;
  }
  const missing = [...wanted.values()].find(({ values }) => values.some((value) => value !== null));
  return missing === undefined ? null : `missing ${formatLabels(missing.labels)}`;
}

function checkPoints({ startMs, stepMs }: EvalCommand, { values }: SeriesLine, series: MatrixSeries): string | null {
  const got = new Map(Array.from(series.timestampsMs, (timeMs, index) => [timeMs, series.values[index]]));
  for (const [index, wanted] of values.entries()) {
    const timeMs = startMs + index * (stepMs ?? 0);
    const value = got.get(timeMs);
    got.delete(timeMs);
    if (wanted === null && value === undefined) continue;
    const isEqual = typeof wanted === "number" && value !== undefined && isAlmostEqual(wanted, value);
    if (!isEqual) return `got ${value} at ${timeMs} ms, expected ${wanted}`;
  }
  const [extra] = got;
  return extra === undefined ? null : `got ${extra[1]} at ${extra[0]} ms, expected nothing`;
}

/** One step of a range query's result, as the instant query there would give it. */
export function middleStep(result: QueryResult, timeMs: number, type: "vector" | "scalar"): QueryResult {
  const samples = (result.type === "matrix" ? result.series : []).flatMap(({ labels, timestampsMs, values }) => {
    const value = values[timestampsMs.indexOf(timeMs)];
    return value === undefined ? [] : [{ labels, timestampMs: timeMs, value }];
  });
  const notes = { warnings: result.warnings, infos: result.infos };
  if (type === "vector") return { type, samples, ...notes };
  return { type, timestampMs: timeMs, value: samples[0]?.value ?? Number.NaN, ...notes };
}
