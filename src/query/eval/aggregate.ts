/**
 * Aggregations of an instant vector. The group of a series is found once; what is added up is in `accumulators.ts`.
 * Source: Prometheus 3.14, promql/engine.go (aggregation, generateGroupingKey).
 */
import { type Labels, labelsKey } from "../../core/labels.ts";
import type { Aggregation } from "../ast.ts";
import { type Accumulator, accumulators } from "./accumulators.ts";
import type { EvalContext } from "./context.ts";
import { keyOfLabels } from "./label-keys.ts";
import { onlyLabels, type VectorSeries, withoutLabels, withoutName } from "./values.ts";

/** Series that are aggregated together, in the order they came. */
export interface Group {
  readonly labels: Labels;
  readonly dropName: boolean;
  readonly members: readonly VectorSeries[];
}

/** Splits a vector by the labels of `by (…)` or by all but those of `without (…)`. */
export function groupSeries(series: readonly VectorSeries[], expr: Aggregation): readonly Group[] {
  const { keyOf, project } = grouping(expr);
  const groups = new Map<string, { labels: Labels; dropName: boolean; members: VectorSeries[] }>();
  for (const one of series) {
    const key = keyOf(one.labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels: project(one.labels), dropName: one.dropName, members: [one] });
    else {
      group.members.push(one);
      group.dropName ||= one.dropName;
    }
  }
  return [...groups.values()];
}

interface Grouping {
  /** Equal for labels that `project` makes equal. */
  readonly keyOf: (labels: Labels) => string;
  /** The labels of the group. */
  readonly project: (labels: Labels) => Labels;
}

function grouping({ without, grouping: names }: Aggregation): Grouping {
  if (without) {
    const removed = new Set(names);
    const project = (labels: Labels): Labels => withoutName(withoutLabels(labels, removed));
    return { keyOf: (labels) => labelsKey(project(labels)), project };
  }
  return { keyOf: keyOfLabels(names), project: (labels) => onlyLabels(labels, names) };
}

/** Aggregations that need nothing but the values. */
export type SimpleAggregation = keyof typeof accumulators;

/** Whether `aggregateSimple` computes the operator. */
export function isSimpleAggregation(operator: Aggregation["operator"]): operator is SimpleAggregation {
  return Object.hasOwn(accumulators, operator);
}

/** Aggregations that give one number per group and step and need no parameter. */
export function aggregateSimple(operator: SimpleAggregation, groups: readonly Group[], count: number): readonly VectorSeries[] {
  return groups.map(({ labels, dropName, members }) => {
    const total = new GroupTotal(operator, labels, dropName, count);
    for (const member of members) total.add(member);
    return total.result();
  });
}

/**
 * The same of series that come one by one, and whose arrays may be the next one's afterwards. `null` where there are native histograms
 * among them: what is added up of numbers is not what is added up of those.
 */
export function aggregateStream(
  expr: Aggregation,
  operator: SimpleAggregation,
  series: Iterable<VectorSeries>,
  { steps, budget }: EvalContext,
): readonly VectorSeries[] | null {
  const { keyOf, project } = grouping(expr);
  const totals = new Map<string, GroupTotal>();
  for (const one of series) {
    if (one.histograms !== null) return null;
    const key = keyOf(one.labels);
    let total = totals.get(key);
    if (total === undefined) {
      budget.take(steps.count);
      totals.set(key, (total = new GroupTotal(operator, project(one.labels), one.dropName, steps.count)));
    }
    total.add(one);
  }
  return Array.from(totals.values(), (total) => total.result());
}

/** A group that is being added up. */
class GroupTotal {
  readonly #labels: Labels;
  readonly #accumulator: Accumulator;
  readonly #present: Uint8Array;
  #dropName: boolean;

  constructor(operator: SimpleAggregation, labels: Labels, dropName: boolean, count: number) {
    this.#labels = labels;
    this.#dropName = dropName;
    this.#accumulator = accumulators[operator](count);
    this.#present = new Uint8Array(count);
  }

  add({ dropName, values, present }: VectorSeries): void {
    this.#dropName ||= dropName;
    for (let i = 0; i < present.length; i++) if (present[i] === 1) this.#present[i] = 1;
    this.#accumulator.add(values, present);
  }

  result(): VectorSeries {
    return {
      labels: this.#labels,
      dropName: this.#dropName,
      values: this.#accumulator.result(),
      present: this.#present,
      histograms: null,
    };
  }
}
