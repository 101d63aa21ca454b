/**
 * Labels of the series that OTLP data points become.
 * Sources: prometheus/prometheus storage/remote/otlptranslator/prometheusremotewrite/helper.go (createAttributes, addResourceTargetInfo);
 * OpenTelemetry specification, compatibility/prometheus_and_openmetrics.md, "Metric Attributes", "Resource Attributes".
 */
import { attributeText } from "../../../core/attribute-text.ts";
import type { Config } from "../../../core/config.ts";
import { type Labels, metricNameLabel } from "../../../core/labels.ts";
import type { AttributeValue } from "../../../core/span.ts";
import { labelCharsMax } from "../../../store/catalog/catalog-chunk.ts";
import { isTooLong, tooLong } from "../label-length.ts";
import type { LabelLimits } from "../remote-write/read-labels.ts";
import type { Refusal } from "../remote-write/refusals.ts";
import { labelName } from "./label-name.ts";
import { targetInfoMetric } from "./metrics.ts";
import type { NameTranslation } from "./metric-name.ts";

type Pair = readonly [name: string, value: string];
export type AttributeEntries = readonly (readonly [string, AttributeValue])[];

/** How metrics are translated, from the configuration. */
export interface Translation {
  readonly names: NameTranslation;
  readonly promoted: ReadonlySet<string>;
  readonly keepIdentifying: boolean;
  readonly scopeLabels: boolean;
  readonly nativeHistograms: boolean;
  readonly limits: LabelLimits;
}

/** What became of a series' labels. */
export type SeriesLabels = { readonly labels: Labels } | { readonly refusal: Refusal };

export function translationOf({ otlp: config, ingest }: Config): Translation {
  const strategy = config.translation_strategy;
  const { max_labels, max_label_name_bytes, max_label_value_bytes } = ingest;
  return {
    limits: { max_labels, max_label_name_bytes, max_label_value_bytes },
    names: {
      escape: strategy === "underscore_escaping_with_suffixes" || strategy === "underscore_escaping_without_suffixes",
      suffixes: strategy === "underscore_escaping_with_suffixes" || strategy === "no_utf8_escaping_with_suffixes",
    },
    promoted: new Set(config.resource_attributes_as_labels),
    keepIdentifying: config.keep_identifying_resource_attributes,
    scopeLabels: config.scope_labels,
    nativeHistograms: config.native_histograms,
  };
}

/** What all series of a resource have in common. */
export interface ResourceLabels {
  /** `job` and `instance`, as far as the resource says them. */
  readonly identity: readonly Pair[];
  readonly promoted: readonly Pair[];
  /** Of `target_info`; `null` where it would say nothing, or nobody could tell of whom. */
  readonly targetInfo: Labels | null;
}

/** Of all that `target_info` has beside `job` and `instance`: half of what the labels of a series may have. */
const attributeCharsMax = labelCharsMax / 2;

const identifying = new Set(["service.name", "service.namespace", "service.instance.id"]);

export function resourceLabels(attributes: AttributeEntries, translation: Translation): ResourceLabels {
  const of = (name: string): string => attributeText(attributes.findLast(([key]) => key === name)?.[1] ?? null);
  const [service, namespace, instance] = [of("service.name"), of("service.namespace"), of("service.instance.id")];
  const identity: Pair[] = [];
  if (service !== "") identity.push(["job", namespace === "" ? service : `${namespace}/${service}`]);
  if (instance !== "") identity.push(["instance", instance]);
  const promoted = attributes.filter(([key]) => translation.promoted.has(key));
  return {
    identity,
    promoted: [...joined(promoted, translation.names)],
    targetInfo: targetInfo(attributes, identity, translation),
  };
}

function targetInfo(attributes: AttributeEntries, identity: readonly Pair[], translation: Translation): Labels | null {
  const others = attributes.filter(([key]) => !identifying.has(key));
  if (others.length === 0 || identity.length === 0) return null;
  const shown = [...joined(translation.keepIdentifying ? attributes : others, translation.names)];
  // What is too much is left out: a long command line must not keep the rest from being known.
  const { limits } = translation;
  let chars = 0;
  const fits = ([name, value]: Pair): boolean => {
    if (faultOf(name, value, limits) !== null || chars + name.length + value.length > attributeCharsMax) return false;
    chars += name.length + value.length;
    return true;
  };
  const fitting = shown.filter(fits).slice(0, limits.max_labels - identity.length - 1);
  const made = finished([...fitting, ...identity, [metricNameLabel, targetInfoMetric.metric]], limits);
  return "labels" in made ? made.labels : null;
}

/** What says which instrumentation made a series: nothing where it has no name. */
export function scopeLabels(
  scope: { readonly name: string; readonly version: string; readonly schemaUrl: string; readonly attributes: AttributeEntries },
  { names }: Translation,
): readonly Pair[] {
  if (scope.name === "") return [];
  const attributes = scope.attributes.map(([key, value]) => [`otel_scope_${key}`, value] as const);
  return [
    ...joined(attributes, names),
    ["otel_scope_name", scope.name],
    ["otel_scope_version", scope.version],
    ["otel_scope_schema_url", scope.schemaUrl],
  ];
}

/** Of one series; what comes later goes over what comes before. */
export interface SeriesParts {
  readonly name: string;
  readonly attributes: AttributeEntries;
  readonly resource: ResourceLabels;
  readonly scope: readonly Pair[];
  /** `le` or `quantile`. */
  readonly extra?: Pair;
}

export function seriesLabels(parts: SeriesParts, { names, limits }: Translation): SeriesLabels {
  const own = joined(parts.attributes, names);
  if (own.has("")) return refused("invalid", "the name of an attribute has nothing that a label's could have");
  const promoted = parts.resource.promoted.filter(([name]) => !own.has(name));
  const extra = parts.extra === undefined ? [] : [parts.extra];
  const all: readonly Pair[] = [
    ...own,
    ...promoted,
    ...parts.scope,
    ...parts.resource.identity,
    [metricNameLabel, parts.name],
    ...extra,
  ];
  return finished(all, limits);
}

/** Attributes whose names become the same label are joined, in the order of their names. */
function joined(attributes: AttributeEntries, names: NameTranslation): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const sorted = attributes.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
  for (const [key, value] of sorted) {
    const name = labelName(key, names.escape);
    const before = labels.get(name);
    const text = attributeText(value);
    labels.set(name, before === undefined ? text : `${before};${text}`);
  }
  return labels;
}

/** Sorted by name, each name once, its last value; without empty names and values. */
function finished(pairs: readonly Pair[], limits: LabelLimits): SeriesLabels {
  const labels = [...new Map(pairs)].filter(([name, value]) => name !== "" && value !== "");
  if (labels.length > limits.max_labels) {
    return refused("label_limit", `a series has more than ${limits.max_labels} labels (ingest.max_labels)`);
  }
  for (const [name, value] of labels) {
    const fault = faultOf(name, value, limits);
    if (fault !== null) return { refusal: fault };
  }
  labels.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  const made = Object.fromEntries(labels);
  return isTooLong(made) ? { refusal: tooLong } : { labels: made };
}

/** Why there can be no such label; `null` where there can. */
function faultOf(name: string, value: string, limits: LabelLimits): Refusal | null {
  const shown = JSON.stringify(name.slice(0, 40));
  if (name.includes("\0") || value.includes("\0"))
    return { reason: "invalid", message: `there is a NUL in the label ${shown}` };
  if (Buffer.byteLength(name) > limits.max_label_name_bytes) {
    return { reason: "label_limit", message: `the name of the label ${shown}… is too long (ingest.max_label_name_bytes)` };
  }
  if (Buffer.byteLength(value) > limits.max_label_value_bytes) {
    return { reason: "label_limit", message: `the value of the label ${shown} is too long (ingest.max_label_value_bytes)` };
  }
  return null;
}

function refused(reason: Refusal["reason"], message: string): SeriesLabels {
  return { refusal: { reason, message } };
}
