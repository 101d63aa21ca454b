/**
 * A reader that also answers by the names of another exporter: a dashboard or rule file made for node_exporter finds its series, though
 * they are stored once and under our names. What is stored under such a name itself (scraped, imported) goes first.
 */
import { type LabelMatcher, type Labels, labelsKey, labelValue, metricNameLabel } from "../../core/labels.ts";
import { escapeRegex } from "../../core/promql-text.ts";
import type {
  ReadObserver,
  SampleReader,
  SeriesSamples,
  SeriesSummaries,
  SummaryColumn,
  TierStepMs,
} from "../../core/storage.ts";
import { compileMatcher } from "../../store/catalog/matcher.ts";
import { ForwardingReader } from "../forwarding-reader.ts";
import { AliasIndex } from "./alias-index.ts";
import type { AliasRule } from "./alias-rules.ts";
import { scaleSamples, scaleSummaries } from "./scale.ts";
import { ourMatchers, theirLabels } from "./translate.ts";

/** Series numbers are below this, so that those of each rule have a range of their own. Source: the store's catalogue has 32 bits. */
const refsMax = 2 ** 32;

/** `reader`, and the aliases on top of it. Without rules it is `reader` itself. */
export function withAliases(reader: SampleReader, rules: readonly AliasRule[]): SampleReader {
  return rules.length === 0 ? reader : new AliasedReader(reader, rules);
}

/** Something of a series of ours, told as one of theirs. */
interface Told<T> {
  readonly rule: AliasRule;
  readonly labels: Labels;
  readonly of: T;
}

class AliasedReader extends ForwardingReader implements SampleReader {
  readonly #index: AliasIndex;
  /** Rule → its place, which makes its series' numbers. */
  readonly #places: ReadonlyMap<AliasRule, number>;
  /** Per rule: labels of ours → theirs. The store gives a series the same object each time. */
  readonly #labels: ReadonlyMap<AliasRule, WeakMap<Labels, Labels>>;

  constructor(reader: SampleReader, rules: readonly AliasRule[]) {
    super(reader);
    this.#index = new AliasIndex(rules);
    this.#places = new Map(rules.map((rule, index) => [rule, index + 1]));
    this.#labels = new Map(rules.map((rule) => [rule, new WeakMap()]));
  }

  refresh(): void {
    this.reader.refresh();
  }

  generation(): number | null {
    return this.reader.generation?.() ?? null;
  }

  finalMs(): number | null {
    return this.reader.finalMs === undefined ? this.reader.latestMs() : this.reader.finalMs();
  }

  select(matchers: readonly LabelMatcher[], startMs: number, endMs: number, observer?: ReadObserver): readonly SeriesSamples[] {
    const stored = this.reader.select(matchers, startMs, endMs, observer);
    const told = this.#tell(matchers, stored, (ours) => this.reader.select(ours, startMs, endMs, observer));
    const aliased = Array.from(told, ({ rule, labels, of }) => ({
      ...scaleSamples(of, rule.scale),
      ref: this.#refOf(rule, of.ref),
      labels,
    }));
    return aliased.length === 0 ? stored : [...stored, ...aliased];
  }

  summaries(
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    stepMs: TierStepMs,
    observer?: ReadObserver,
    wanted?: readonly SummaryColumn[],
  ): Iterable<SeriesSummaries> {
    const read = (ours: readonly LabelMatcher[]): Iterable<SeriesSummaries> =>
      this.reader.summaries(ours, startMs, endMs, stepMs, observer, wanted);
    return this.#index.askedBy(matchers).length === 0 ? read(matchers) : this.#summaries(matchers, read);
  }

  series(matchers: readonly LabelMatcher[], startMs: number, endMs: number, observer?: ReadObserver): readonly Labels[] {
    const read = (ours: readonly LabelMatcher[]): readonly { readonly labels: Labels }[] =>
      this.reader.series(ours, startMs, endMs, observer).map((labels) => ({ labels }));
    const stored = read(matchers);
    return [...stored, ...this.#tell(matchers, stored, read)].map(({ labels }) => labels);
  }

  labelNames(matchers: readonly LabelMatcher[], startMs: number, endMs: number, observer?: ReadObserver): readonly string[] {
    if (this.#index.askedBy(matchers).length === 0) return this.reader.labelNames(matchers, startMs, endMs, observer);
    return sortedSet(this.series(matchers, startMs, endMs, observer).flatMap((labels) => Object.keys(labels)));
  }

  labelValues(
    name: string,
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    observer?: ReadObserver,
  ): readonly string[] {
    if (this.#index.askedBy(matchers).length > 0)
      return sortedSet(this.series(matchers, startMs, endMs, observer).flatMap((labels) => labelValue(labels, name) || []));
    const stored = this.reader.labelValues(name, matchers, startMs, endMs, observer);
    if (name !== metricNameLabel || matchers.some((matcher) => matcher.name === metricNameLabel)) return stored;
    // Whoever asks for all names looks for something to draw, and may know it by the other one.
    return sortedSet([...stored, ...this.#names(matchers, startMs, endMs, observer)]);
  }

  *#summaries(
    matchers: readonly LabelMatcher[],
    read: (ours: readonly LabelMatcher[]) => Iterable<SeriesSummaries>,
  ): Generator<SeriesSummaries> {
    const stored: { readonly labels: Labels }[] = [];
    for (const summaries of read(matchers)) {
      // Only the labels are kept: the columns of many series are more than fits in memory.
      stored.push({ labels: summaries.labels });
      yield summaries;
    }
    for (const { rule, labels, of } of this.#tell(matchers, stored, read))
      yield { ...scaleSummaries(of, rule.scale), ref: this.#refOf(rule, of.ref), labels };
  }

  /** What the rules that `matchers` ask for make of what `read` finds: one per label set, and none that is `stored` already. */
  *#tell<T extends { readonly labels: Labels }>(
    matchers: readonly LabelMatcher[],
    stored: readonly { readonly labels: Labels }[],
    read: (ours: readonly LabelMatcher[]) => Iterable<T>,
  ): Generator<Told<T>> {
    const rules = this.#index.askedBy(matchers);
    if (rules.length === 0) return;
    const compiled = matchers.map(compileMatcher);
    const seen = new Set(stored.map(({ labels }) => labelsKey(labels)));
    for (const rule of rules) {
      const ours = ourMatchers(rule, matchers);
      if (ours === null) continue;
      for (const of of read(ours)) {
        const labels = this.#labelsOf(rule, of.labels);
        const key = labelsKey(labels);
        if (seen.has(key) || !compiled.every((matcher) => matcher.matches(labelValue(labels, matcher.name)))) continue;
        seen.add(key);
        yield { rule, labels, of };
      }
    }
  }

  /** The other names of what has samples there, from one look at all of it. */
  *#names(matchers: readonly LabelMatcher[], startMs: number, endMs: number, observer?: ReadObserver): Generator<string> {
    const byMetric = Map.groupBy(this.#index.rules, ({ metric }) => metric);
    const value = Array.from(byMetric.keys(), escapeRegex).join("|");
    const compiled = matchers.map(compileMatcher);
    for (const ours of this.reader.series([{ name: metricNameLabel, operator: "=~", value }], startMs, endMs, observer)) {
      for (const rule of byMetric.get(labelValue(ours, metricNameLabel)) ?? []) {
        if (Object.entries(rule.where).some(([label, wanted]) => labelValue(ours, label) !== wanted)) continue;
        const labels = this.#labelsOf(rule, ours);
        if (compiled.every((matcher) => matcher.matches(labelValue(labels, matcher.name))))
          yield labelValue(labels, metricNameLabel);
      }
    }
  }

  #labelsOf(rule: AliasRule, ours: Labels): Labels {
    const known = this.#labels.get(rule)?.get(ours);
    if (known !== undefined) return known;
    const labels = theirLabels(rule, ours);
    this.#labels.get(rule)?.set(ours, labels);
    return labels;
  }

  #refOf(rule: AliasRule, ref: number): number {
    return (this.#places.get(rule) ?? 0) * refsMax + ref;
  }
}

function sortedSet(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
