/**
 * What one source of a dialect says in one text: values, each for the labels that it has there. What lies between two scrapes (a mean of
 * what is new, a client that begins anew with each scrape) is kept per source, in `SourceMemory`.
 */
import type { Labels } from "../../../core/labels.ts";
import type { ParsedSample } from "../../../io/openmetrics/parsed-family.ts";
import type { MeanSource, Reading, Samples, Scale, Source, TimerSource, ValueSource, Where } from "./dialect.ts";
import type { Exposition } from "./exposition.ts";

export interface Outcome {
  readonly value: number;
  /** `set`: it is the value now. `add`: it is so much more than at the scrape before. */
  readonly effect: "set" | "add";
}

/** Sorts a sample into a group by its labels; `null`: it is not wanted. */
export type GroupOf = (labels: Labels) => string | null;

export interface SourceMemory {
  /** Whether there was a scrape before: what a client has gathered until the first one is from before ChainPulse watched. */
  started: boolean;
  /** Group → sum and count at the scrape before. */
  readonly totals: Map<string, { readonly sum: number; readonly count: number }>;
}

export function newMemory(): SourceMemory {
  return { started: false, totals: new Map() };
}

/** Group → value; a group that is not there has none. */
export function evaluateSource(
  source: Source,
  exposition: Exposition,
  groupOf: GroupOf,
  memory: SourceMemory,
): ReadonlyMap<string, Outcome> {
  const isFirst = !memory.started;
  memory.started = true;
  switch (source.kind) {
    case "value":
      return valueOutcomes(source, exposition, groupOf, isFirst);
    case "flag": {
      const values = sums([source.of], exposition, groupOf);
      return mapped(values, (value) => ({ value: source.is.includes(value) ? 1 : 0, effect: "set" }));
    }
    case "mean":
      return meanOutcomes(source, exposition, groupOf, memory);
    case "timer":
      return timerOutcomes(source, exposition, isFirst);
  }
}

function valueOutcomes(
  source: ValueSource,
  exposition: Exposition,
  groupOf: GroupOf,
  isFirst: boolean,
): ReadonlyMap<string, Outcome> {
  const { plus, minus = [], atLeast = Number.NEGATIVE_INFINITY, unset, resetOnScrape } = source;
  const taken = minus.map((reading) => sums([reading], exposition, groupOf));
  const effect = resetOnScrape === true ? "add" : "set";
  return mapped(sums(plus, exposition, groupOf), (total, group) => {
    if (total === unset) return null;
    let value = total;
    for (const values of taken) value -= values.get(group) ?? Number.NaN;
    value = Math.max(atLeast, scaledBy(source, value));
    return effect === "add" && isFirst ? { value: 0, effect } : { value, effect };
  });
}

function meanOutcomes(
  source: MeanSource,
  exposition: Exposition,
  groupOf: GroupOf,
  memory: SourceMemory,
): ReadonlyMap<string, Outcome> {
  const { of, where } = source;
  const part = (suffix: string): Samples => ({ name: `${of}${suffix}`, ...(where === undefined ? {} : { where }) });
  const counts = sums([part("_count")], exposition, groupOf);
  return mapped(sums([part("_sum")], exposition, groupOf), (sum, group) => {
    const count = counts.get(group) ?? Number.NaN;
    const before = memory.totals.get(group);
    memory.totals.set(group, { sum, count });
    // A count that fell: the client has been started anew, and what is new cannot be told from what was.
    const isNew = before !== undefined && count > before.count;
    return isNew ? { value: scaledBy(source, (sum - before.sum) / (count - before.count)), effect: "set" } : null;
  });
}

/**
 * How a timer that is emptied by each scrape spells its median; others write 0.5. Source: go-ethereum metrics/prometheus/collector.go.
 */
const resettingMedian = "0.50";

function timerOutcomes(source: TimerSource, exposition: Exposition, isFirst: boolean): ReadonlyMap<string, Outcome> {
  const present = source.of.map((name) => timerOf(name, exposition)).filter((timer) => timer !== null);
  // One that a version does not use any more is there with 0 observations, and of the kind that counts on.
  const timers = present.filter(({ resets }) => resets === present.some((timer) => timer.resets));
  const outcome = timerOutcome(source, timers, isFirst);
  return new Map(outcome === null || !Number.isFinite(outcome.value) ? [] : [["", outcome]]);
}

interface Timer {
  readonly count: number;
  readonly median: number;
  readonly resets: boolean;
}

function timerOf(name: string, exposition: Exposition): Timer | null {
  const [counted] = exposition.samples.get(`${name}_count`) ?? [];
  const median = exposition.samples.get(name)?.find(({ labels }) => Number(labels["quantile"]) === 0.5);
  if (counted === undefined || median === undefined) return null;
  return { count: counted.value, median: median.value, resets: median.labels["quantile"] === resettingMedian };
}

function timerOutcome(source: TimerSource, timers: readonly Timer[], isFirst: boolean): Outcome | null {
  const [first] = timers;
  if (first === undefined) return null;
  const total = (of: readonly Timer[], value: (timer: Timer) => number): number =>
    scaledBy(
      source,
      of.reduce((so, timer) => so + value(timer), 0),
    );
  switch (source.part) {
    case "count": {
      const count = Math.max(...timers.map((timer) => timer.count));
      if (!first.resets) return { value: count, effect: "set" };
      return { value: isFirst ? 0 : count, effect: "add" };
    }
    case "time":
      // Without a sum and without a beginning, percentiles say nothing of the time in all.
      if (!first.resets) return null;
      return { value: isFirst ? 0 : total(timers, ({ count, median }) => count * median), effect: "add" };
    case "median": {
      // A timer without observations has 0 for all its percentiles.
      const seen = timers.filter(({ count }) => count > 0);
      return seen.length === 0 ? null : { value: total(seen, ({ median }) => median), effect: "set" };
    }
  }
}

function scaledBy({ factor = 1, divisor = 1 }: Scale, value: number): number {
  return (value * factor) / divisor;
}

/** Group → what the readings have there, added up. */
function sums(readings: readonly Reading[], exposition: Exposition, groupOf: GroupOf): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const reading of readings) {
    const { name, where = {}, emptyIsZero }: Samples = typeof reading === "string" ? { name: reading } : reading;
    const present = [name].flat().find((candidate) => exposition.samples.has(candidate));
    const samples = present === undefined ? [] : (exposition.samples.get(present) ?? []);
    for (const sample of samples) {
      const group = fits(sample, where) ? groupOf(sample.labels) : null;
      if (group !== null) totals.set(group, (totals.get(group) ?? 0) + sample.value);
    }
    if (emptyIsZero === true && samples.length === 0 && isAnnounced([name].flat(), exposition)) {
      const group = groupOf({});
      if (group !== null && !totals.has(group)) totals.set(group, 0);
    }
  }
  return totals;
}

function isAnnounced(names: readonly string[], { announced }: Exposition): boolean {
  return names.some((name) => announced.has(name) || announced.has(name.replace(/_(total|sum|count)$/, "")));
}

function fits({ labels }: ParsedSample, where: Where): boolean {
  return Object.entries(where).every(([label, wanted]) => {
    const value = Object.hasOwn(labels, label) ? (labels[label] ?? "") : "";
    return typeof wanted === "string" ? value === wanted : wanted.includes(value);
  });
}

/** The outcomes that there are and that are numbers. */
function mapped(
  values: ReadonlyMap<string, number>,
  outcomeOf: (value: number, group: string) => Outcome | null,
): ReadonlyMap<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  for (const [group, value] of values) {
    const outcome = outcomeOf(value, group);
    if (outcome !== null && Number.isFinite(outcome.value)) outcomes.set(group, outcome);
  }
  return outcomes;
}
