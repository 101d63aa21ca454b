/**
 * Aggregations of an instant vector. Groups are found once per series; the numbers are added series by series into one
 * accumulator per group and step. Source: Prometheus 3.14, promql/engine.go (aggregation, aggregationK, aggregationCountValues).
 */
import { KahanSum } from "../../core/kahan-sum.ts";
import { type Labels, labelsKey } from "../../core/labels.ts";
import type { Aggregation } from "../ast.ts";
import { KahanMean } from "./kahan-mean.ts";
import { newSeries, onlyLabels, type VectorSeries, withoutLabels, withoutName } from "./values.ts";

/** Series that are aggregated together, in the order they came. */
export interface Group {
  readonly labels: Labels;
  readonly dropName: boolean;
  readonly members: readonly VectorSeries[];
}

/** Splits a vector by the labels of `by (…)` or by all but those of `without (…)`. */
export function groupSeries(series: readonly VectorSeries[], { without, grouping }: Aggregation): readonly Group[] {
  const project = projection(without, grouping);
  const groups = new Map<string, { labels: Labels; dropName: boolean; members: VectorSeries[] }>();
  for (const one of series) {
    const labels = project(one.labels);
    const key = labelsKey(labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels, dropName: one.dropName, members: [one] });
    else {
      group.members.push(one);
      group.dropName ||= one.dropName;
    }
  }
  return [...groups.values()];
}

function projection(without: boolean, grouping: readonly string[]): (labels: Labels) => Labels {
  if (!without) return (labels) => onlyLabels(labels, grouping);
  const removed = new Set(grouping);
  return (labels) => withoutName(withoutLabels(labels, removed));
}

/** Collects one group's values at one step. The first value comes to `add` as well. */
interface Accumulator {
  add(value: number): void;
  readonly result: number;
}

class Sum implements Accumulator {
  readonly #sum = new KahanSum();
  add(value: number): void {
    this.#sum.add(value);
  }
  get result(): number {
    return this.#sum.total;
  }
}

class Average implements Accumulator {
  readonly #mean = new KahanMean();
  add(value: number): void {
    this.#mean.add(value);
  }
  get result(): number {
    return this.#mean.mean;
  }
}

/** Population variance by Welford's method; any infinity or NaN makes it NaN. */
class Variance implements Accumulator {
  #count = 0;
  #mean = 0;
  #squares = 0;
  add(value: number): void {
    this.#count += 1;
    const difference = value - this.#mean;
    this.#mean += difference / this.#count;
    this.#squares += difference * (value - this.#mean);
  }
  get result(): number {
    return this.#squares / this.#count;
  }
}

class Deviation extends Variance {
  override get result(): number {
    return Math.sqrt(super.result);
  }
}

/** Minimum, maximum: NaN gives way to any number. */
class Extreme implements Accumulator {
  result = Number.NaN;
  readonly #sign: 1 | -1;
  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }
  add(value: number): void {
    if (Number.isNaN(this.result) || (value - this.result) * this.#sign > 0) this.result = value;
  }
}

class Count implements Accumulator {
  result = 0;
  add(): void {
    this.result += 1;
  }
}

class Presence implements Accumulator {
  readonly result = 1;
  add(): void {
    // That a value came is all there is to know.
  }
}

const accumulators = {
  sum: () => new Sum(),
  avg: () => new Average(),
  min: () => new Extreme(-1),
  max: () => new Extreme(1),
  count: () => new Count(),
  group: () => new Presence(),
  stdvar: () => new Variance(),
  stddev: () => new Deviation(),
} satisfies Partial<Record<Aggregation["operator"], () => Accumulator>>;

/** Aggregations that need nothing but the values. */
export type SimpleAggregation = keyof typeof accumulators;

/** Whether `aggregateSimple` computes the operator. */
export function isSimpleAggregation(operator: Aggregation["operator"]): operator is SimpleAggregation {
  return Object.hasOwn(accumulators, operator);
}

/** Aggregations that give one number per group and step and need no parameter. */
export function aggregateSimple(operator: SimpleAggregation, groups: readonly Group[], count: number): readonly VectorSeries[] {
  return groups.map((group) => reduceGroup(group, count, accumulators[operator]));
}

function reduceGroup({ labels, dropName, members }: Group, count: number, make: () => Accumulator): VectorSeries {
  const result = newSeries(labels, dropName, count);
  const slots: (Accumulator | undefined)[] = Array.from({ length: count });
  for (const { values, present } of members) {
    for (let i = 0; i < count; i++) {
      if (present[i] === 0) continue;
      let slot = slots[i];
      if (slot === undefined) {
        slots[i] = slot = make();
        result.present[i] = 1;
      }
      slot.add(values[i] ?? Number.NaN);
    }
  }
  for (let i = 0; i < count; i++) {
    const slot = slots[i];
    if (slot !== undefined) result.values[i] = slot.result;
  }
  return result;
}
