/**
 * `info(v, {…})`: adds labels of info metrics such as `target_info` to the series that come from the same instance of the same job.
 * Source: Prometheus 3.14, promql/info.go.
 */
import { type LabelMatcher, type Labels, labelsKey, labelValue, metricNameLabel } from "../../core/labels.ts";
import { compileMatcher } from "../../store/catalog/matcher.ts";
import type { Expr, VectorSelector } from "../ast.ts";
import type { QueryBudget } from "../limits.ts";
import { duplicateLabels, type EvalContext, queryFailed } from "./context.ts";
import { formatGoLabels } from "./go-labels.ts";
import { commonShift, type Shift } from "./info-shift.ts";
import { evaluateSelector } from "./selector.ts";
import { elementKind, mergeSameLabels, onlyLabels, type VectorSeries, withLabel } from "./values.ts";

/** What info and other series of one origin have in common. Prometheus has these two built in. */
const identifyingLabels = ["instance", "job"] as const;
const targetInfo: LabelMatcher = { name: metricNameLabel, operator: "=", value: "target_info" };
const anyInfo: LabelMatcher = { name: metricNameLabel, operator: "=~", value: ".+_info" };

/**
 * `vector` has been evaluated to `base`. `selector`: which info metrics (all with its name matchers) and which of their labels; `null`:
 * all labels of `target_info`.
 */
export function addInfo(
  base: readonly VectorSeries[],
  vector: Expr,
  selector: VectorSelector | null,
  context: EvalContext,
): readonly VectorSeries[] {
  const matchers = selector?.matchers ?? [targetInfo];
  const nameMatchers = onlyInfoNames(matchers.filter(({ name }) => name === metricNameLabel));
  const dataMatchers = matchers.filter(({ name }) => name !== metricNameLabel);
  const isInfo = (labels: Labels): boolean => nameMatchers.length > 0 && matchesAll(nameMatchers, labels);
  const enriched = base.filter(({ labels }) => !isInfo(labels));
  const names = nameMatchers.length > 0 ? nameMatchers : [targetInfo];
  const infoByOrigin = readInfo([...names, ...dataMatchers], enriched, commonShift(vector, context), context);

  const dataLabels = new Set(dataMatchers.map(({ name }) => name));
  const isRequired = dataMatchers.some((matcher) => !compileMatcher(matcher).matches(""));
  context.budget.take(enriched.length * context.steps.count);
  const origins = new Map<string, Enrichment>();
  const added = enriched.flatMap((series) => {
    const key = originOf(series.labels);
    let enrichment = origins.get(key);
    if (enrichment === undefined) {
      origins.set(
        key,
        (enrichment = new Enrichment(infoByOrigin.get(key) ?? [], { dataLabels, isRequired, budget: context.budget })),
      );
    }
    return enrichment.apply(series);
  });
  return mergeSameLabels([...base.filter(({ labels }) => isInfo(labels)), ...added], duplicateLabels);
}

/** Where it is only said which names are not meant, the others are those of info metrics. */
function onlyInfoNames(nameMatchers: readonly LabelMatcher[]): readonly LabelMatcher[] {
  const saysWhich = nameMatchers.some(({ operator }) => operator === "=" || operator === "=~");
  return nameMatchers.length === 0 || saysWhich ? nameMatchers : [...nameMatchers, anyInfo];
}

function matchesAll(matchers: readonly LabelMatcher[], labels: Labels): boolean {
  return matchers.every((matcher) => compileMatcher(matcher).matches(labelValue(labels, matcher.name)));
}

function originOf(labels: Labels): string {
  return labelsKey(onlyLabels(labels, identifyingLabels));
}

/** An info series: at each step the time of its sample, seconds. */
interface InfoSeries {
  readonly name: string;
  readonly labels: Labels;
  readonly times: VectorSeries;
}

/** The info series of each origin that the series come from. */
function readInfo(
  matchers: readonly LabelMatcher[],
  series: readonly VectorSeries[],
  shift: Shift,
  context: EvalContext,
): ReadonlyMap<string, readonly InfoSeries[]> {
  const byOrigin = new Map<string, InfoSeries[]>();
  const hasOrigin = ({ labels }: VectorSeries): boolean => identifyingLabels.some((name) => labelValue(labels, name) !== "");
  if (!series.some(hasOrigin)) return byOrigin;
  const origins = identifyingLabels.flatMap((name) => originMatcher(name, series));
  const rest = { extension: null, offsetExpr: null, span: { start: 0, end: 0 } };
  const selector: VectorSelector = { kind: "selector", name: null, matchers: [...matchers, ...origins], ...shift, ...rest };
  if (evaluateSelector(selector, context, "value").some(({ present }) => present.includes(elementKind.histogram))) {
    throw queryFailed("info sample should be float");
  }
  for (const times of evaluateSelector(selector, context, "timestamp")) {
    const info = { name: labelValue(times.labels, metricNameLabel), labels: times.labels, times };
    const key = originOf(times.labels);
    const group = byOrigin.get(key);
    if (group === undefined) byOrigin.set(key, [info]);
    else group.push(info);
  }
  return byOrigin;
}

/** Beyond so many values reading all info series costs less than a pattern of them. */
const originValuesMax = 100;

/** Keeps the store from reading info series of other origins. Which belong together is decided by the labels in any case. */
function originMatcher(name: string, series: readonly VectorSeries[]): readonly LabelMatcher[] {
  const values = [...new Set(series.map(({ labels }) => labelValue(labels, name)))].filter((value) => value !== "");
  const [only = ""] = values;
  if (values.length === 1) return [{ name, operator: "=", value: only }];
  if (values.length === 0 || values.length > originValuesMax) return [];
  return [{ name, operator: "=~", value: values.map((value) => value.replaceAll(/[\\.+*?()|[\]{}^$]/g, "\\$&")).join("|") }];
}

interface EnrichmentOptions {
  /** Only these are added, unless it is empty. */
  readonly dataLabels: ReadonlySet<string>;
  /** A series without any info is left out. */
  readonly isRequired: boolean;
  readonly budget: QueryBudget;
}

/** What the series of one origin get at each step. */
class Enrichment {
  readonly #infoByName: ReadonlyMap<string, readonly InfoSeries[]>;
  readonly #dataLabels: ReadonlySet<string>;
  readonly #isRequired: boolean;
  readonly #budget: QueryBudget;
  /** By the indexes of the info series that are the newest of their metric. */
  readonly #additions = new Map<string, Labels>();

  constructor(infos: readonly InfoSeries[], { dataLabels, isRequired, budget }: EnrichmentOptions) {
    this.#infoByName = Map.groupBy(infos, ({ name }) => name);
    this.#dataLabels = dataLabels;
    this.#isRequired = isRequired;
    this.#budget = budget;
  }

  /** The series with its new labels: several ones that take turns where the info changes. */
  apply(series: VectorSeries): readonly VectorSeries[] {
    const variants = new Map<Labels, Uint8Array>();
    for (const [step, kind] of series.present.entries()) {
      if (kind === elementKind.none) continue;
      const newest = this.#newestAt(step);
      if (newest.length === 0 && this.#isRequired) continue;
      const addition = this.#additionOf(newest);
      let present = variants.get(addition);
      if (present === undefined) {
        this.#budget.take(series.present.length);
        for (const name in addition) this.#budget.makeLabel((addition[name] ?? "").length);
        variants.set(addition, (present = new Uint8Array(series.present.length)));
      }
      present[step] = kind;
    }
    return [...variants].map(([addition, present]) => ({ ...series, labels: merged(series.labels, addition), present }));
  }

  /** Of each info metric the series with the newest sample. */
  #newestAt(step: number): readonly InfoSeries[] {
    return [...this.#infoByName.values()].flatMap((candidates) => newestOf(candidates, step) ?? []);
  }

  #additionOf(infos: readonly InfoSeries[]): Labels {
    const key = infos.map(({ labels }) => labelsKey(labels)).join("\u0001");
    let addition = this.#additions.get(key);
    if (addition === undefined) this.#additions.set(key, (addition = this.#collect(infos)));
    return addition;
  }

  #collect(infos: readonly InfoSeries[]): Labels {
    let collected: Labels = {};
    for (const { labels } of infos) {
      for (const [name, value] of Object.entries(labels)) {
        if (name === metricNameLabel || (this.#dataLabels.size > 0 && !this.#dataLabels.has(name))) continue;
        const before = labelValue(collected, name);
        if (before !== "" && before !== value) throw queryFailed(`conflicting label: ${name}`);
        collected = withLabel(collected, name, value);
      }
    }
    return collected;
  }
}

function newestOf(candidates: readonly InfoSeries[], step: number): InfoSeries | null {
  let newest: InfoSeries | null = null;
  for (const info of candidates) {
    if (info.times.present[step] === elementKind.none) continue;
    const [time, newestTime] = [info.times.values[step] ?? 0, newest?.times.values[step] ?? Number.NEGATIVE_INFINITY];
    if (newest !== null && time === newestTime) {
      const [existing, other] = [newest, info].map(({ labels }) => `${formatGoLabels(labels)} @ ${time * 1000}`);
      throw queryFailed(`found duplicate series for info metric: existing ${existing}, new ${other}`);
    }
    if (time > newestTime) newest = info;
  }
  return newest;
}

/** A series' own labels stay as they are. */
function merged(labels: Labels, addition: Labels): Labels {
  return { ...addition, ...labels };
}
