/**
 * The rules over the samples of one family: each metric's samples stand together, its points go forward in time, and every point is
 * whole. Source: OpenMetrics 1.0, "Text format", and "MetricPoint".
 */
import { type Labels, labelsKey } from "../../core/labels.ts";
import { HistogramPoint } from "./histogram-point.ts";
import type { FamilyType, ParsedSample } from "./parsed-family.ts";
import { partLabel } from "./family-rules.ts";

/** Takes the samples of one family in the order of the text. */
export class FamilyOrder {
  readonly #family: string;
  readonly #type: FamilyType;
  /** Label sets of the metrics that have had samples. */
  readonly #metrics = new Set<string>();
  /** Samples of the point at hand. */
  readonly #parts = new Set<string>();
  #metric: string | null = null;
  #timestampMs: number | null = null;
  #histogram = new HistogramPoint();
  #hasTotal = false;

  constructor(family: string, type: FamilyType) {
    this.#family = family;
    this.#type = type;
  }

  /** Takes the next sample, which is right by itself. What is wrong with its place, or with the point before it; else `null`. */
  add(suffix: string, sample: ParsedSample): string | null {
    const part = partLabel(this.#type, this.#family, suffix);
    const metric = labelsKey(part === null ? sample.labels : without(sample.labels, part));
    const continues = metric === this.#metric;
    if (!continues || sample.timestampMs !== this.#timestampMs) {
      const before = this.close();
      if (before !== null) return `the point before this line is not whole: ${before}`;
      const complaint = continues ? this.#timeComplaint(sample) : this.#placeComplaint(metric);
      if (complaint !== null) return complaint;
      this.#open(metric, sample.timestampMs);
    }
    return this.#take(suffix, part === null ? "" : (sample.labels[part] ?? ""), sample.value);
  }

  /** What is wrong with the last point, or `null`. */
  close(): string | null {
    if (this.#metric === null) return null;
    if (this.#type === "counter" && !this.#hasTotal) return `a counter has a sample ${this.#family}_total`;
    if (this.#type !== "histogram" && this.#type !== "gaugehistogram") return null;
    return this.#histogram.complaint(this.#type === "gaugehistogram");
  }

  #open(metric: string, timestampMs: number | null): void {
    this.#metric = metric;
    this.#metrics.add(metric);
    this.#timestampMs = timestampMs;
    this.#parts.clear();
    this.#histogram = new HistogramPoint();
    this.#hasTotal = false;
  }

  #take(suffix: string, partValue: string, value: number): string | null {
    const part = `${suffix}\u0000${partValue}`;
    // Times that differ by less than the format's resolution may come out equal; without times the series is there twice.
    if (this.#parts.has(part) && this.#timestampMs === null) return "this series stands here already";
    this.#parts.add(part);
    this.#hasTotal ||= suffix === "_total";
    return this.#type === "histogram" || this.#type === "gaugehistogram" ? this.#histogram.add(suffix, partValue, value) : null;
  }

  #timeComplaint({ timestampMs }: ParsedSample): string | null {
    if (timestampMs === null || this.#timestampMs === null) return "a metric's samples have timestamps all or none";
    return timestampMs < this.#timestampMs ? "a metric's timestamps go forward" : null;
  }

  /** An info's metrics cannot be told apart: which of its labels are the metric's, and which its value, the text does not say. */
  #placeComplaint(metric: string): string | null {
    return this.#metrics.has(metric) && this.#type !== "info" ? "a metric's samples stand together" : null;
  }
}

function without(labels: Labels, name: string): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([label]) => label !== name));
}
