/**
 * `{{schema:1 sum:2 count:3 buckets:[1 2]}}` ↔ native histogram.
 * Source of the notation: Prometheus 3.14, promql/parser (buildHistogramFromMap), docs/configuration/unit_testing_rules.md.
 */
import type { BucketSpan, CounterResetHint, NativeHistogram } from "../../core/native-histogram.ts";
import { formatGeneral } from "../go-format.ts";
import { compacted } from "../histogram/buckets.ts";
import { parseNumber } from "../parser/literals.ts";

export interface HistogramLiteral {
  readonly histogram: NativeHistogram;
  /** What is known of resets was written out; only then an expectation means it. */
  readonly hasHint: boolean;
}

type Fields = ReadonlyMap<string, string>;

const fieldPattern = /([a-z_]+):(\[[^\]]*\]|[^\s[\]]+)/g;
const fieldNames: ReadonlySet<string> = new Set([
  "schema",
  "sum",
  "count",
  "z_bucket",
  "z_bucket_w",
  "custom_values",
  "buckets",
  "offset",
  "n_buckets",
  "n_offset",
  "counter_reset_hint",
]);

/** Throws an `Error` that says what was not understood. */
export function parseHistogramLiteral(text: string): HistogramLiteral {
  const fields = parseFields(text.replace(/^\{\{|\}\}$/g, ""));
  const hint = fields.get("counter_reset_hint") ?? "unknown";
  if (!isHint(hint)) throw new Error(`unknown counter_reset_hint ${JSON.stringify(hint)}`);
  const positiveBuckets = numbersOf(fields, "buckets");
  const negativeBuckets = numbersOf(fields, "n_buckets");
  const histogram = {
    counterReset: hint,
    schema: numberOf(fields, "schema"),
    zeroThreshold: numberOf(fields, "z_bucket_w"),
    zeroCount: numberOf(fields, "z_bucket"),
    count: numberOf(fields, "count"),
    sum: numberOf(fields, "sum"),
    positiveSpans: spanOf(numberOf(fields, "offset"), positiveBuckets),
    positiveBuckets,
    negativeSpans: spanOf(numberOf(fields, "n_offset"), negativeBuckets),
    negativeBuckets,
    customValues: numbersOf(fields, "custom_values"),
  };
  return { histogram, hasHint: fields.has("counter_reset_hint") };
}

function parseFields(text: string): Fields {
  const fields = new Map<string, string>();
  const rest = text.replace(fieldPattern, (whole, name: string, value: string) => {
    if (!fieldNames.has(name)) throw new Error(`unknown histogram field ${JSON.stringify(whole)}`);
    if (fields.has(name)) throw new Error(`the histogram has ${name} twice`);
    fields.set(name, value);
    return "";
  });
  if (rest.trim() !== "") throw new Error(`expected histogram fields, got ${JSON.stringify(rest.trim())}`);
  return fields;
}

function isHint(text: string): text is CounterResetHint {
  return text === "unknown" || text === "reset" || text === "not_reset" || text === "gauge";
}

function numberOf(fields: Fields, name: string): number {
  return toNumber(fields.get(name) ?? "0");
}

function numbersOf(fields: Fields, name: string): readonly number[] {
  const list = (fields.get(name) ?? "[]").slice(1, -1).trim();
  return list === "" ? [] : list.split(/\s+/).map(toNumber);
}

function toNumber(text: string): number {
  const number = parseNumber(text.replace(/^[+-]/, ""));
  if (number === null) throw new Error(`expected a number in a histogram, got ${JSON.stringify(text)}`);
  return text.startsWith("-") ? -number : number;
}

function spanOf(offset: number, buckets: readonly number[]): readonly BucketSpan[] {
  return buckets.length === 0 ? [] : [{ offset, length: buckets.length }];
}

/** For messages: spans are written out, which the notation cannot say. */
export function formatHistogramLiteral(histogram: NativeHistogram): string {
  const { schema, count, sum, zeroCount, zeroThreshold, customValues, counterReset, ...sides } = compacted(histogram);
  const list = (numbers: readonly number[]): string => `[${numbers.map((number) => formatGeneral(number)).join(" ")}]`;
  const spans = (of: readonly BucketSpan[]): string => of.map(({ offset, length }) => `${offset}+${length}`).join(",");
  const parts = [
    `schema:${schema} count:${formatGeneral(count)} sum:${formatGeneral(sum)}`,
    zeroCount === 0 && zeroThreshold === 0
      ? ""
      : `z_bucket:${formatGeneral(zeroCount)} z_bucket_w:${formatGeneral(zeroThreshold)}`,
    customValues.length === 0 ? "" : `custom_values:${list(customValues)}`,
    counterReset === "unknown" ? "" : `counter_reset_hint:${counterReset}`,
    sides.positiveBuckets.length === 0 ? "" : `spans:${spans(sides.positiveSpans)} buckets:${list(sides.positiveBuckets)}`,
    sides.negativeBuckets.length === 0 ? "" : `n_spans:${spans(sides.negativeSpans)} n_buckets:${list(sides.negativeBuckets)}`,
  ];
  return `{{${parts.filter((part) => part !== "").join(" ")}}}`;
}
