/**
 * `name{a="b"} 1+2x3 _ stale {{count:1}}` → labels and values.
 * Source of the notation: Prometheus 3.14, promql/parser/generated_parser.y (series_description).
 */
import { type Labels, metricNameLabel } from "../../core/labels.ts";
import { parseNumber } from "../parser/literals.ts";
import { allMatchers } from "../parser/selector.ts";
import { parseMetricSelector } from "../parser/parser.ts";
import type { MemoryValue } from "./memory-reader.test-support.ts";

export interface SeriesLine {
  readonly labels: Labels;
  /** One value per step; `null` where there is none. */
  readonly values: readonly (MemoryValue | null)[];
}

/** Repetitions beyond this are a mistake in the script. */
const repetitionsMax = 1_000_000;

const metricPattern = /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)?\s*(?<braces>\{(?:"(?:[^"\\]|\\.)*"|[^"{}])*\})?/;

/** Throws an `Error` that says what was not understood. */
export function parseSeriesLine(text: string): SeriesLine {
  const match = metricPattern.exec(text);
  const metric = match?.[0] ?? "";
  if (metric.trim() === "") throw new Error(`expected a series in ${JSON.stringify(text)}`);
  const { name, braces } = match?.groups ?? {};
  return { labels: parseLabels(name, braces), values: parseValues(text.slice(metric.length).trim()) };
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
  String.raw`^(?:(?<gap>_)|(?<stale>stale)|(?<histogram>${histogram}(?:[+-]${histogram})?)|(?<start>${number})(?<increase>[+-]${number.replace("[+-]?", "")})?)(?:x(?<times>\d+))?(?:\s+|$)`,
);

function parseValues(text: string): readonly (MemoryValue | null)[] {
  const values: (MemoryValue | null)[] = [];
  let rest = text;
  while (rest !== "") {
    const match = valuePattern.exec(rest);
    if (match?.groups === undefined) throw new Error(`expected a value at ${JSON.stringify(rest.slice(0, 40))}`);
    appendValues(values, match.groups);
    rest = rest.slice(match[0].length);
  }
  return values;
}

function appendValues(values: (MemoryValue | null)[], groups: Readonly<Record<string, string | undefined>>): void {
  const { gap, stale, histogram: isHistogram, start, increase, times } = groups;
  const repetitions = Number(times ?? 0);
  if (repetitions > repetitionsMax) throw new Error(`${repetitions} repetitions are too many`);
  if (gap !== undefined) {
    for (let i = 0; i < Math.max(1, repetitions); i++) values.push(null);
    return;
  }
  // `1x3` and `1+2x3` are the first value and three more.
  let value = signedNumber(start ?? "0");
  for (let i = 0; i <= repetitions; i++) {
    values.push(stale !== undefined ? "stale" : isHistogram !== undefined ? "histogram" : value);
    value += signedNumber(increase ?? "0");
  }
}

function signedNumber(text: string): number {
  const value = parseNumber(text.replace(/^[+-]/, "")) ?? Number.NaN;
  return text.startsWith("-") ? -value : value;
}
