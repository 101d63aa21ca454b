/**
 * Functions that change or compare labels: label_replace, label_join, the sorts, and the labels of absent.
 * Source: Prometheus 3.14, promql/functions.go.
 */
import { RE2JS } from "re2js";
import { type LabelMatcher, type Labels, labelsKey, labelValue, metricNameLabel } from "../../core/labels.ts";
import { checkRegexCost } from "../../store/catalog/regex-cost.ts";
import type { QueryBudget } from "../limits.ts";
import { isLabelName } from "../parser/literals.ts";
import { duplicateLabels, queryFailed } from "./context.ts";
import { mergeSameLabels, type VectorSeries, withLabel } from "./values.ts";

function checkLabelName(name: string, role: string, called: string): void {
  if (!isLabelName(name)) throw queryFailed(`invalid ${role} label name in ${called}(): ${name.toWellFormed()}`);
}

/** `args`: destination, replacement, source, regular expression. */
export function labelReplace(
  vector: readonly VectorSeries[],
  args: readonly string[],
  budget: QueryBudget,
): readonly VectorSeries[] {
  const [destination = "", replacement = "", source = "", pattern = ""] = args;
  checkLabelName(destination, "destination", "label_replace");
  const compiled = compileOrFail(pattern);
  const instructions = compiled.programSize();
  return relabel(vector, destination, (labels) => {
    const value = labelValue(labels, source);
    checkRegexCost(pattern, instructions, value, "groups");
    const matcher = compiled.matcher(value);
    budget.makeLabel(replacement.length);
    if (!matcher.matches()) return null;
    return expand(replacement, (group) => {
      const index = /^\d+$/.test(group) ? Number(group) : group;
      const isKnown = typeof index === "number" ? index <= matcher.groupCount() : Object.hasOwn(compiled.namedGroups(), index);
      const text = isKnown ? (matcher.group(index) ?? "") : "";
      budget.makeLabel(text.length);
      return text;
    });
  });
}

function compileOrFail(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch {
    throw queryFailed(`invalid regular expression in label_replace(): ${pattern}`);
  }
}

/** Go's `Regexp.Expand`: `$1`, `${name}`; `$$` is a dollar sign. */
function expand(template: string, groupValue: (group: string) => string): string {
  return template.replaceAll(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare?: string, braced?: string) => {
    if (whole === "$$") return "$";
    return groupValue(bare ?? braced ?? "");
  });
}

/** `args`: destination, separator, then the source labels. */
export function labelJoin(
  vector: readonly VectorSeries[],
  args: readonly string[],
  budget: QueryBudget,
): readonly VectorSeries[] {
  const [destination = "", separator = "", ...sources] = args;
  for (const source of sources) checkLabelName(source, "source", "label_join");
  checkLabelName(destination, "destination", "label_join");
  return relabel(vector, destination, (labels) => {
    const values = sources.map((source) => labelValue(labels, source));
    budget.makeLabel(values.reduce((chars, value) => chars + value.length + separator.length, 0));
    return values.join(separator);
  });
}

/** Sets one label of each series where `valueOf` gives a value; a name that is set explicitly is not dropped later. */
function relabel(
  vector: readonly VectorSeries[],
  destination: string,
  valueOf: (labels: Labels) => string | null,
): readonly VectorSeries[] {
  const changed = vector.map((series) => {
    const value = valueOf(series.labels);
    if (value === null) return series;
    const dropName = destination === metricNameLabel ? false : series.dropName;
    return { ...series, labels: withLabel(series.labels, destination, value), dropName };
  });
  return mergeSameLabels(changed, duplicateLabels);
}

/** By value, NaN last in both directions. Only an instant query has an order. */
export function sortByValue(vector: readonly VectorSeries[], descending: boolean): readonly VectorSeries[] {
  return vector.toSorted((a, b) => {
    const [left = Number.NaN, right = Number.NaN] = [a.values[0], b.values[0]];
    if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
    return descending ? right - left || 0 : left - right || 0;
  });
}

/** By the labels named, in natural order (`4m5` before `4m600`), then by all labels. */
export function sortByLabel(
  vector: readonly VectorSeries[],
  names: readonly string[],
  descending: boolean,
  budget: QueryBudget,
): readonly VectorSeries[] {
  const sign = descending ? -1 : 1;
  const keyed = vector.map((series) => ({
    series,
    named: names.map((name) => labelValue(series.labels, name).match(/\d+|\D+/g) ?? []),
    all: labelsKey(series.labels),
  }));
  keyed.sort((a, b) => {
    budget.checkTime();
    for (let i = 0; i < names.length; i++) {
      const order = compareNaturally(a.named[i] ?? [], b.named[i] ?? []);
      if (order !== 0) return sign * order;
    }
    return a.all < b.all ? -sign : sign;
  });
  return keyed.map(({ series }) => series);
}

/** Numbers within the text compare by value, everything between them by code units. Source: facette/natsort. */
function compareNaturally(left: readonly string[], right: readonly string[]): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x = "", y = ""] = [left[i], right[i]];
    if (x === y) continue;
    const difference = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : 0;
    if (difference !== 0) return difference;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}

/**
 * The labels of `absent(selector)`: those that equality matchers fix, until another matcher of the same label follows.
 * Source: promql/functions.go, createLabelsForAbsentFunction.
 */
export function absentLabels(matchers: readonly LabelMatcher[]): Labels {
  const labels: Record<string, string> = {};
  const fixed = new Set<string>();
  for (const { name, operator, value } of matchers) {
    if (name === metricNameLabel) continue;
    if (operator === "=" && !fixed.has(name)) {
      labels[name] = value;
      fixed.add(name);
    } else {
      delete labels[name];
    }
  }
  for (const [name, value] of Object.entries(labels)) if (value === "") delete labels[name];
  return labels;
}
