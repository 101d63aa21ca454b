/** One sample line of OpenMetrics text: `name{label="value",…} value seconds`, with an exemplar after it perhaps. */
import { type Labels, metricNameLabel } from "../../core/labels.ts";
import { checkTime, importError, labelsOf } from "./series-run.ts";

export interface SampleLine {
  /** The line up to the value: the same for all samples of a series in one file. */
  readonly series: string;
  /** Reads the labels. Throws `IMPORT_INVALID`. */
  readonly labels: () => Labels;
  readonly timestampMs: number;
  /** NaN is the quiet one. */
  readonly value: number;
}

/** What follows the series: value, time, exemplar. The exemplar is not looked into. */
const afterSeries = /^ ([^ ]+) ([^ ]+)(?: # .*)?$/;
const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*="/y;
/** Up to the closing quote; only these three characters are escaped (OpenMetrics 1.0, `escaped-string`). */
const labelText = /(?:[^"\\]|\\[n"\\])*"/y;
/** OpenMetrics 1.0, `realnumber`. */
const realNumber = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Throws `IMPORT_INVALID` for a line of another form, and for one without a time. */
export function parseSampleLine(line: string, where: string): SampleLine {
  const end = endOfSeries(line, where);
  const series = line.slice(0, end);
  const [, value, seconds] = afterSeries.exec(line.slice(end)) ?? [];
  if (value === undefined || seconds === undefined) {
    throw importError(where, "no sample of the form NAME{LABELS} VALUE SECONDS; each needs its time");
  }
  return {
    series,
    labels: () => parseSeries(series, where),
    timestampMs: checkTime(Math.round(parseNumber(seconds, where) * 1000), where),
    value: parseNumber(value, where),
  };
}

/** The first space outside quotes, or the end of the line. */
function endOfSeries(line: string, where: string): number {
  const brace = line.indexOf("{");
  const space = line.indexOf(" ");
  if (brace === -1 || (space !== -1 && space < brace)) return space === -1 ? line.length : space;
  let at = brace + 1;
  while (line[at] !== "}") {
    at = endOf(labelName, line, at) ?? fail(where, line, at, 'a label NAME="');
    at = endOf(labelText, line, at) ?? fail(where, line, at, 'text up to a quote, with \\n, \\" and \\\\ as the only escapes');
    if (line[at] === ",") at++;
    else if (line[at] !== "}") fail(where, line, at, ", or }");
  }
  return at + 1;
}

function parseSeries(series: string, where: string): Labels {
  const nameEnd = endOf(metricName, series, 0) ?? fail(where, series, 0, "a metric name");
  if (nameEnd < series.length && series[nameEnd] !== "{") fail(where, series, nameEnd, "{ or a space");
  const pairs: (readonly [string, string])[] = [[metricNameLabel, series.slice(0, nameEnd)]];
  // The form of the labels was checked when their end was looked for.
  for (let at = nameEnd + 1; at < series.length - 1;) {
    const textStart = endOf(labelName, series, at) ?? at;
    const end = endOf(labelText, series, textStart) ?? textStart;
    pairs.push([series.slice(at, textStart - 2), unescape(series.slice(textStart, end - 1))]);
    at = end + 1;
  }
  return labelsOf(pairs, where);
}

function unescape(text: string): string {
  return text.includes("\\") ? text.replaceAll(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char)) : text;
}

function parseNumber(text: string, where: string): number {
  if (realNumber.test(text)) return Number(text);
  switch (text.toLowerCase().replace(/^\+/, "")) {
    case "nan":
      return NaN;
    case "inf":
    case "infinity":
      return Infinity;
    case "-inf":
    case "-infinity":
      return -Infinity;
    default:
      throw importError(where, `${JSON.stringify(text.slice(0, 64))} is no number`);
  }
}

/** Where the sticky pattern ends when it begins at `at`; `null` where it does not. */
function endOf(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

function fail(where: string, line: string, at: number, expected: string): never {
  const found = at < line.length ? JSON.stringify(line.slice(at, at + 16)) : "the end of the line";
  throw importError(where, `expected ${expected} at character ${at + 1}, found ${found}`);
}
