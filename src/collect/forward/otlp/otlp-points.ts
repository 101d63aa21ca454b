/**
 * Samples as OpenTelemetry's data points: our own metrics under the names, units and labels that they were declared with, what was
 * received under its own where its source has told what it is. A series says its node as a resource.
 * Source: OpenTelemetry specification, metrics/data-model.md; semantic conventions, resource/README.md.
 */
import { type Labels, metricNameLabel } from "../../../core/labels.ts";
import type { LabelsOf } from "../destination.ts";
import type { KnownMetrics } from "../known-metrics.ts";
import type { SampleChunk } from "../series-chunks.ts";

export interface OtlpPoint {
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** When counting began, ms; 0 for a gauge. */
  readonly startMs: number;
  readonly timeMs: number;
  /** Of the value. */
  readonly low: number;
  readonly high: number;
  /** The series has ended: there is no value. */
  readonly isStale: boolean;
}

export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** A gauge has neither a temporality nor a direction. */
  readonly kind: "gauge" | "sum" | "monotonic sum";
  readonly points: readonly OtlpPoint[];
}

export interface OtlpResource {
  readonly attributes: OtlpPoint["attributes"];
  readonly metrics: readonly OtlpMetric[];
}

export interface OtlpPoints {
  readonly resources: readonly OtlpResource[];
  /** Samples that are not for OTLP: of metrics of which nobody has told what they are, histograms and summaries. */
  readonly leftOut: number;
}

interface GrowingResource {
  readonly attributes: OtlpPoint["attributes"];
  readonly byName: Map<string, GrowingMetric>;
}

interface GrowingMetric extends OtlpMetric {
  readonly points: OtlpPoint[];
}

/** The stale marker's words; see `staleNaNBits`. */
const stale = { low: 2, high: 0x7ff00000 } as const;
const nodeLabel = "node";
/** What a scraped target or an OTLP resource became in Prometheus, and becomes again. Source: compatibility/prometheus_and_openmetrics.md. */
const resourceLabels = { job: "service.name", instance: "service.instance.id" } as const;
/** Counters whose beginning is remembered; when there are more, all begin anew, which the data model allows. */
const countersMax = 200_000;

/** Remembers when the counting of each counter began. */
export class OtlpTranslation {
  readonly #known: KnownMetrics;
  readonly #ownResource: (node: string) => OtlpPoint["attributes"];
  #begun = new Map<number, { startMs: number; value: number }>();

  /** `ownResource`: attributes of ChainPulse on a node. */
  constructor(known: KnownMetrics, ownResource: (node: string) => OtlpPoint["attributes"]) {
    this.#known = known;
    this.#ownResource = ownResource;
  }

  translate(chunk: SampleChunk, labelsOf: LabelsOf): OtlpPoints {
    const resources = new Map<string, GrowingResource>();
    let leftOut = 0;
    for (const { ref, places, histograms } of chunk.series) {
      const labels = labelsOf(ref);
      const shape = labels === undefined ? undefined : this.#shapeOf(labels);
      leftOut += histograms.length;
      if (labels === undefined || shape === undefined) {
        leftOut += places.length;
        continue;
      }
      const { byName } = this.#resourceOf(labels, resources);
      const metric = byName.get(shape.name) ?? { ...shape, points: [] };
      byName.set(shape.name, metric);
      const attributes = attributesOf(labels, shape.labels);
      for (const place of places) {
        const timeMs = chunk.timesMs[place] ?? 0;
        const [low, high] = [chunk.words[2 * place] ?? 0, chunk.words[2 * place + 1] ?? 0];
        const isStale = low === stale.low && high === stale.high;
        const startMs = shape.kind === "monotonic sum" ? this.#startOf(ref, timeMs, isStale ? null : numberOf(low, high)) : 0;
        metric.points.push({ attributes, startMs, timeMs, low, high, isStale });
      }
    }
    return {
      resources: Array.from(resources.values(), ({ attributes, byName }) => ({ attributes, metrics: [...byName.values()] })),
      leftOut,
    };
  }

  /** Of a series: the target that it came from, where it says so, or else ChainPulse on its node. */
  #resourceOf(labels: Labels, known: Map<string, GrowingResource>): GrowingResource {
    const { job, instance = "", [nodeLabel]: node = "" } = labels;
    const key = job === undefined ? `node ${node}` : `target ${JSON.stringify([job, instance])}`;
    const resource = known.get(key) ?? {
      attributes: job === undefined ? this.#ownResource(node) : targetOf(job, instance),
      byName: new Map(),
    };
    known.set(key, resource);
    return resource;
  }

  #shapeOf(labels: Labels): (Omit<OtlpMetric, "points"> & { readonly labels: ReadonlyMap<string, string> }) | undefined {
    const name = labels[metricNameLabel] ?? "";
    const own = this.#known.declared(name);
    if (own !== undefined) {
      const kind = own.kind === "gauge" ? "gauge" : own.kind === "counter" ? "monotonic sum" : "sum";
      const spelled = Object.entries(own.prometheusLabels).map(([declared, prometheus]): [string, string] => [
        prometheus,
        declared,
      ]);
      return { name: own.name, description: own.help, unit: own.unit, kind, labels: new Map(spelled) };
    }
    const told = this.#known.metadata(name);
    if (told === undefined || told.metric !== name || (told.type !== "counter" && told.type !== "gauge")) return undefined;
    const kind = told.type === "counter" ? "monotonic sum" : "gauge";
    return { name, description: told.help, unit: told.unit, kind, labels: new Map() };
  }

  /**
   * Nobody knows when a counter of the kernel or of another program began: the first point that is sent begins it, and so does one that
   * is less than the one before. Source: data model, "Cumulative streams: handling unknown start time".
   */
  #startOf(ref: number, timeMs: number, value: number | null): number {
    const before = this.#begun.get(ref);
    if (value === null) {
      this.#begun.delete(ref);
      return before?.startMs ?? timeMs;
    }
    const goesOn = before !== undefined && value >= before.value && timeMs >= before.startMs;
    const startMs = goesOn ? before.startMs : timeMs;
    if (before === undefined && this.#begun.size >= countersMax) this.#begun.clear();
    this.#begun.set(ref, { startMs, value });
    return startMs;
  }
}

function targetOf(job: string, instance: string): OtlpPoint["attributes"] {
  return [[resourceLabels.job, job], ...(instance === "" ? [] : [[resourceLabels.instance, instance] as const])];
}

/** What its resource does not say already. */
function attributesOf(labels: Labels, spelled: ReadonlyMap<string, string>): OtlpPoint["attributes"] {
  const inResource = labels["job"] === undefined ? [nodeLabel] : Object.keys(resourceLabels);
  return Object.entries(labels).flatMap(([name, value]) =>
    name === metricNameLabel || inResource.includes(name) ? [] : [[spelled.get(name) ?? name, value] as const],
  );
}

const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);

function numberOf(low: number, high: number): number {
  scratchWords[0] = low;
  scratchWords[1] = high;
  return scratch[0] ?? 0;
}
