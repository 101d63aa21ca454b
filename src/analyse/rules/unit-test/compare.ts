/** What was expected beside what came: texts of those that have no counterpart, in order. */
import { formatLabels, type Labels } from "../../../core/labels.ts";
import type { NativeHistogram } from "../../../core/native-histogram.ts";
import { formatNumber, quote } from "../../../query/parser/literals.ts";
import { formatHistogramLiteral } from "../../../query/promqltest/histogram-literal.ts";
import { sorted } from "../alert-series.ts";
import type { ExpectedAlert, ExpectedSample } from "./unit-test-file.ts";

export interface Difference {
  /** Expected, and not there. */
  readonly missing: readonly string[];
  /** There, and not expected. */
  readonly unexpected: readonly string[];
}

/** `null` where the same alerts are in both, in any order. */
export function compareAlerts(expected: readonly ExpectedAlert[], found: readonly ExpectedAlert[]): Difference | null {
  return differenceOf(expected.map(formatAlert), found.map(formatAlert));
}

/** `null` where the same elements are in both, in any order. `isFuzzy`: numbers may be neighbours of each other. */
export function compareSamples(
  expected: readonly ExpectedSample[],
  found: readonly ExpectedSample[],
  isFuzzy: boolean,
): Difference | null {
  const snapped = found.map((sample) => {
    const near = expected.find(({ labels, value }) => {
      return formatLabels(labels) === formatLabels(sample.labels) && isFuzzy && areNeighbours(value, sample.value);
    });
    return near ?? sample;
  });
  return differenceOf(expected.map(formatSample), snapped.map(formatSample));
}

function differenceOf(expected: readonly string[], found: readonly string[]): Difference | null {
  const unexpected = [...found];
  const missing = expected.filter((text) => {
    const index = unexpected.indexOf(text);
    if (index >= 0) unexpected.splice(index, 1);
    return index < 0;
  });
  if (missing.length === 0 && unexpected.length === 0) return null;
  return { missing: missing.sort(), unexpected: unexpected.sort() };
}

function formatAlert({ labels, annotations }: ExpectedAlert): string {
  return `${formatLabels(sorted(labels))}${formatAnnotations(annotations)}`;
}

function formatAnnotations(annotations: Labels): string {
  return Object.entries(sorted(annotations))
    .map(([name, text]) => `\n    ${name}: ${quote(text)}`)
    .join("");
}

function formatSample({ labels, value }: ExpectedSample): string {
  return `${formatLabels(labels)} ${typeof value === "number" ? formatNumber(value) : formatHistogramLiteral(value)}`;
}

/** Equal, or one float64 apart. Source: cmd/promtool/unittest.go, fuzzy_compare. */
function areNeighbours(a: number | NativeHistogram, b: number | NativeHistogram): boolean {
  if (typeof a !== "number" || typeof b !== "number" || Number.isNaN(a) || Number.isNaN(b)) return false;
  const [x = 0n, y = 0n] = new BigInt64Array(Float64Array.of(a, b).buffer);
  return a === b || (Math.sign(a) === Math.sign(b) && (x - y === 1n || y - x === 1n));
}
