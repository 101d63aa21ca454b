/**
 * `name{a="b"} 1+2x3 _ stale {{count:1}}` → labels and values; `name{a="b"}@st -1m+30sx3 _` → labels and start times.
 * Source of the notation: Prometheus 3.14, promql/parser/generated_parser.y (series_description), promql/promqltest/test.go.
 */
import { type Labels, metricNameLabel } from "../../core/labels.ts";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { added, type CombinedHistogram, subtracted } from "../histogram/arithmetic.ts";
import { parseDuration } from "../../core/duration.ts";
import { parseNumber } from "../parser/literals.ts";
import { parseMetricSelector } from "../parser/parser.ts";
import { allMatchers } from "../parser/selector.ts";
import { type HistogramLiteral, parseHistogramLiteral } from "./histogram-literal.ts";

/** What a line says of one step; `null`: nothing is there. */
export type ScriptValue = number | "stale" | HistogramLiteral | null;

export interface SeriesLine {
  readonly labels: Labels;
  /** One per step. */
  readonly values: readonly ScriptValue[];
}

/** When the counting of a sample began, relative to the sample's own time, ms; `null`: not known. */
export interface StartsLine {
  readonly labels: Labels;
  readonly offsetsMs: readonly (number | null)[];
}

/** Repetitions beyond this are a mistake in the script. */
const repetitionsMax = 1_000_000;

const metricPattern = /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)?\s*(?<braces>\{(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^"'{}])*\})?/;

/** Throws an `Error` that says what was not understood. */
export function parseSeriesLine(text: string): SeriesLine {
  const { labels, rest } = parseMetric(text);
  return { labels, values: parseValues(rest) };
}

export function isStartsLine(text: string): boolean {
  return /^\S*@st\s/.test(text.slice(metricPattern.exec(text)?.[0].length ?? 0));
}

/** Throws an `Error` that says what was not understood. */
export function parseStartsLine(text: string): StartsLine {
  const { labels, rest } = parseMetric(text);
  return {
    labels,
    offsetsMs: rest
      .replace(/^@st\s+/, "")
      .split(/\s+/)
      .flatMap(parseStarts),
  };
}

function parseMetric(text: string): { readonly labels: Labels; readonly rest: string } {
  const match = metricPattern.exec(text);
  const metric = match?.[0] ?? "";
  if (metric.trim() === "") throw new Error(`expected a series in ${JSON.stringify(text)}`);
  const { name, braces } = match?.groups ?? {};
  return { labels: parseLabels(name, braces), rest: text.slice(metric.length).trim() };
}

function parseLabels(name: string | undefined, braces: string | undefined): Labels {
  const isEmpty = braces === undefined || /^\{\s*\}$/.test(braces);
  if (isEmpty) return name === undefined ? {} : { [metricNameLabel]: name };
  const labels: Record<string, string> = {};
  for (const { name: label, value } of allMatchers(parseMetricSelector(`${name ?? ""}${braces}`))) {
    if (value !== "") labels[label] = value;
  }
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const histogram = String.raw`\{\{[^{}]*\}\}`;
const number = String.raw`[+-]?(?:[iI][nN][fF]|[nN][aA][nN]|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)`;
const valuePattern = new RegExp(
  String.raw`^(?:(?<gap>_)|(?<stale>stale)|(?<histogram>${histogram})(?:(?<sign>[+-])(?<difference>${histogram}))?|(?<start>${number})(?<increase>[+-]${number.replace("[+-]?", "")})?)(?:x(?<times>\d+))?(?:\s+|$)`,
);

function parseValues(text: string): readonly ScriptValue[] {
  const values: ScriptValue[] = [];
  let rest = text;
  while (rest !== "") {
    const match = valuePattern.exec(rest);
    if (match?.groups === undefined) throw new Error(`expected a value at ${JSON.stringify(rest.slice(0, 40))}`);
    for (const value of expand(match.groups)) values.push(value);
    rest = rest.slice(match[0].length);
  }
  return values;
}

/** `_x3` is three gaps; `1x3` and `1+2x3` are the first value and three more. */
function expand(groups: Readonly<Record<string, string | undefined>>): readonly ScriptValue[] {
  const { gap, stale, histogram: first, sign, difference, start, increase, times } = groups;
  const repetitions = Number(times ?? 0);
  if (repetitions > repetitionsMax) throw new Error(`${repetitions} repetitions are too many`);
  if (gap !== undefined) return Array.from({ length: Math.max(1, repetitions) }, () => null);
  const length = repetitions + 1;
  if (stale !== undefined) return Array.from({ length }, () => "stale");
  if (first !== undefined) return expandHistograms(parseHistogramLiteral(first), sign === "-", difference, length);
  const values: number[] = [];
  for (let value = signedNumber(start ?? "0"); values.length < length; value += signedNumber(increase ?? "0"))
    values.push(value);
  return values;
}

function expandHistograms(
  { histogram: first, hasHint }: HistogramLiteral,
  descends: boolean,
  difference: string | undefined,
  length: number,
): readonly HistogramLiteral[] {
  const step = difference === undefined ? null : parseHistogramLiteral(difference).histogram;
  const next = (before: NativeHistogram): NativeHistogram =>
    step === null ? before : fitting(descends ? subtracted(before, step) : added(before, step));
  const values: HistogramLiteral[] = [];
  for (let value = first; values.length < length; value = next(value)) values.push({ histogram: value, hasHint });
  return values;
}

function fitting({ compatible, histogram: combined }: CombinedHistogram): NativeHistogram {
  if (!compatible) throw new Error("a histogram with custom buckets cannot be added to one without");
  return combined;
}

function signedNumber(text: string): number {
  const value = parseNumber(text.replace(/^[+-]/, "")) ?? Number.NaN;
  return text.startsWith("-") ? -value : value;
}

const startsPattern = /^(?:(?<gap>_)|(?<first>[+-]?[\da-wyz]+)(?<difference>[+-][\da-wyz]+)?)(?:x(?<times>\d+))?$/;

function parseStarts(text: string): readonly (number | null)[] {
  const groups = startsPattern.exec(text)?.groups;
  if (groups === undefined) throw new Error(`expected a start time, got ${JSON.stringify(text)}`);
  const { gap, first = "0s", difference = "0s", times } = groups;
  const repetitions = Number(times ?? 0);
  if (repetitions > repetitionsMax) throw new Error(`${repetitions} repetitions are too many`);
  if (gap !== undefined) return Array.from({ length: Math.max(1, repetitions) }, () => null);
  const [firstMs, differenceMs] = [signedDuration(first), signedDuration(difference)];
  return Array.from({ length: repetitions + 1 }, (_, i) => firstMs + i * differenceMs);
}

function signedDuration(text: string): number {
  const plain = text.replace(/^[+-]/, "");
  const durationMs = plain === "0" ? 0 : parseDuration(plain);
  if (durationMs === null) throw new Error(`expected a duration, got ${JSON.stringify(text)}`);
  return text.startsWith("-") ? -durationMs : durationMs;
}
