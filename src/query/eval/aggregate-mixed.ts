/**
 * Aggregations of vectors in which there are native histograms. Sums and means of them are computed here; what orders or measures
 * values passes them by, and an info says so. The same for numbers only is in `aggregate.ts`.
 * Source: Prometheus 3.14, promql/engine.go (aggregation, aggregationK).
 */
import { type Labels, labelValue, metricNameLabel } from "../../core/labels.ts";
import type { CounterResetHint, NativeHistogram } from "../../core/native-histogram.ts";
import type { Aggregation } from "../ast.ts";
import { HistogramMean } from "../histogram/histogram-mean.ts";
import { HistogramSum } from "../histogram/histogram-sum.ts";
import { aggregateSimple, type Group, type SimpleAggregation } from "./aggregate.ts";
import type { QueryNotes } from "./context.ts";
import { histogramInfos, histogramWarnings } from "./histogram-messages.ts";
import { asNumbers, newMixedSeries, numbersOnly, setElement, settled } from "./mixed-values.ts";
import { elementKind, type VectorSeries } from "./values.ts";

/** As `aggregateSimple`, over groups some of whose members have histograms. */
export function aggregateSimpleMixed(
  expr: Aggregation,
  operator: SimpleAggregation,
  groups: readonly Group[],
  count: number,
  notes: QueryNotes,
): readonly VectorSeries[] {
  switch (operator) {
    case "count":
    case "group":
      return aggregateSimple(operator, groups.map(withMembers(asNumbers)), count);
    case "sum":
    case "avg":
      return addMixed(expr, operator, groups, count, notes);
    default:
      return aggregateSimple(operator, groupsOfNumbers(expr, groups, notes), count);
  }
}

/** The groups without their histograms; says so where there are any. */
export function groupsOfNumbers(expr: Aggregation, groups: readonly Group[], notes: QueryNotes): readonly Group[] {
  const ignores = groups.some(({ members }) => members.some(({ present }) => present.includes(elementKind.histogram)));
  const isRanked = expr.operator === "topk" || expr.operator === "bottomk";
  if (ignores) notes.inform(histogramInfos.ignoredInAggregation(expr.operator), (isRanked ? expr : expr.expr).span);
  return groups.map(withMembers(numbersOnly));
}

function withMembers(map: (member: VectorSeries) => VectorSeries): (group: Group) => Group {
  return (group) => ({ ...group, members: group.members.map(map) });
}

function addMixed(
  expr: Aggregation,
  operator: "sum" | "avg",
  groups: readonly Group[],
  count: number,
  notes: QueryNotes,
): readonly VectorSeries[] {
  const ofNumbers = aggregateSimple(operator, groups.map(withMembers(numbersOnly)), count);
  const Total = operator === "sum" ? HistogramSum : HistogramMean;
  return groups.map(({ labels, dropName, members }, index) => {
    const result = newMixedSeries(labels, dropName, count);
    for (let i = 0; i < count; i++) {
      const histograms = histogramsAt(members, i);
      const hasNumber = ofNumbers[index]?.present[i] === elementKind.number;
      if (histograms.length === 0) {
        if (hasNumber) setElement(result, i, ofNumbers[index]?.values[i] ?? Number.NaN);
      } else if (hasNumber) {
        notes.warn(histogramWarnings.mixedKindsInAggregation, expr.expr.span);
      } else {
        const total = addHistograms(histograms, (first) => new Total(first), expr, notes);
        if (total !== undefined) setElement(result, i, total);
      }
    }
    return settled(result);
  });
}

interface Addend {
  readonly labels: Labels;
  readonly histogram: NativeHistogram;
}

function histogramsAt(members: readonly VectorSeries[], step: number): readonly Addend[] {
  return members.flatMap(({ labels, present, histograms }) => {
    const histogram = histograms?.[step];
    return histogram === undefined || present[step] !== elementKind.histogram ? [] : [{ labels, histogram }];
  });
}

function addHistograms(
  [first, ...others]: readonly Addend[],
  begin: (first: NativeHistogram) => HistogramSum | HistogramMean,
  { expr }: Aggregation,
  notes: QueryNotes,
): NativeHistogram | undefined {
  if (first === undefined) return undefined;
  const total = begin(first.histogram);
  for (const { labels, histogram } of others) {
    const { compatible, reconciledBounds } = total.add(histogram);
    if (!compatible) {
      notes.warn(histogramWarnings.mixedSchemas(labelValue(labels, metricNameLabel)), expr.span);
      return undefined;
    }
    if (reconciledBounds) notes.inform(histogramInfos.reconciledBounds("aggregation"), expr.span);
  }
  if (conflict([first, ...others].map(({ histogram }) => histogram))) {
    notes.warn(histogramWarnings.conflictingResets("aggregation"), expr.span);
  }
  return total.total;
}

/** Whether one of the histograms says that its counts were reset, and another one that they were not. */
export function conflict(histograms: readonly NativeHistogram[]): boolean {
  const hints = new Set<CounterResetHint>(histograms.map(({ counterReset }) => counterReset));
  return hints.has("reset") && hints.has("not_reset");
}
