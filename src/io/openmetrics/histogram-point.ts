/**
 * The rules over the samples of one histogram or gaugehistogram point: buckets ascend and are cumulative up to +Inf, and count and
 * sum fit them. Source: OpenMetrics 1.0, "Histogram", "GaugeHistogram" and their text format.
 */
import { readNumber } from "./read-number.ts";

/** One point while its samples come in. */
export class HistogramPoint {
  #bound = Number.NaN;
  #cumulative = 0;
  #count: number | null = null;
  #sum: number | null = null;
  #negativeBound = false;

  /** Takes a sample whose label `le` is a bound where it is a bucket. What is wrong with it, or `null`. */
  add(suffix: string, le: string, value: number): string | null {
    if (suffix === "_count" || suffix === "_gcount") this.#count = value;
    else if (suffix === "_sum" || suffix === "_gsum") this.#sum = value;
    if (suffix !== "_bucket") return null;
    const bound = readNumber(le, 0, le.length);
    if (bound <= this.#bound) return "the buckets' bounds ascend";
    if (value < this.#cumulative) return "a bucket counts what the one before it counts, too";
    this.#bound = bound;
    this.#cumulative = value;
    this.#negativeBound ||= bound < 0;
    return null;
  }

  /** What is wrong with the point as a whole, or `null`. */
  complaint(gauge: boolean): string | null {
    const [count, sum] = gauge ? ["_gcount", "_gsum"] : ["_count", "_sum"];
    if (this.#bound !== Number.POSITIVE_INFINITY) return 'the last bucket has le="+Inf"';
    if (this.#count !== null && this.#count !== this.#cumulative) return `${count} is what the bucket +Inf counts`;
    if ((this.#sum === null) !== (this.#count === null)) return `${count} and ${sum} come together`;
    if (this.#sum === null) return null;
    if (this.#negativeBound && !gauge) return `with bounds below 0 there is no ${sum}: it would not be a counter`;
    return gauge && this.#sum < 0 && !this.#negativeBound ? `${sum} is not negative where no bound is` : null;
  }
}
