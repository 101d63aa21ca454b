/**
 * Metadata that says something new: senders of remote write repeat theirs every minute (1.0) or with each request (2.0), and a thousand
 * scraped targets of one kind say the same of the same metrics.
 */
import type { MetricMetadata } from "../../core/metric-metadata.ts";

/** Characters of names and texts that are remembered: those of 40,000 metrics as exporters have them. */
const charsMaxDefault = 8_000_000;
/** Longer texts are cut: nobody reads them. */
const textMax = 4096;

export class NewMetadata {
  readonly #charsMax: number;
  readonly #last = new Map<string, string>();
  #chars = 0;

  /** At the bound all are forgotten: they are passed on once more, which harms nothing. */
  constructor(charsMax = charsMaxDefault) {
    this.#charsMax = charsMax;
  }

  /** What differs from what was said last of the metric; of metrics without a name nothing. */
  filter(metadata: readonly MetricMetadata[]): readonly MetricMetadata[] {
    return metadata.map(cut).filter((one) => one.metric !== "" && this.#isNew(one));
  }

  #isNew({ metric, type, help, unit }: MetricMetadata): boolean {
    const said = `${type}\u0000${unit}\u0000${help}`;
    const before = this.#last.get(metric);
    if (before === said) return false;
    this.#chars += said.length + (before === undefined ? metric.length : -before.length);
    if (this.#chars > this.#charsMax) {
      this.#last.clear();
      this.#chars = metric.length + said.length;
    }
    this.#last.set(metric, said);
    return true;
  }
}

function cut({ metric, type, help, unit }: MetricMetadata): MetricMetadata {
  return { metric: metric.slice(0, textMax), type, help: help.slice(0, textMax), unit: unit.slice(0, textMax) };
}
