/**
 * The mean of native histograms: of their sum, and incrementally from where that would overflow. The same for numbers is in
 * `eval/kahan-mean.ts`.
 * Source: Prometheus promql/functions.go (funcAvgOverTime) and engine.go (aggregation).
 */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { divided } from "./arithmetic.ts";
import { type AdditionOutcome, HistogramSum } from "./histogram-sum.ts";

export class HistogramMean {
  #sum: HistogramSum;
  #count = 1;
  #incremental = false;
  /** What the sum is made of, to make it again without the addend that was too much. */
  readonly #addends: NativeHistogram[];

  constructor(first: NativeHistogram) {
    this.#sum = new HistogramSum(first);
    this.#addends = [first];
  }

  add(histogram: NativeHistogram): AdditionOutcome {
    this.#count += 1;
    const count = this.#count;
    if (!this.#incremental) {
      const outcome = this.#sum.add(histogram);
      if (!outcome.compatible || !this.#sum.overflows) {
        this.#addends.push(histogram);
        return outcome;
      }
      this.#sum = sumOf(this.#addends);
      this.#sum.scale(1 / (count - 1));
      this.#incremental = true;
    }
    this.#sum.scale((count - 1) / count);
    return this.#sum.add(divided(histogram, count));
  }

  /** The mean so far. */
  get total(): NativeHistogram {
    return this.#incremental ? this.#sum.total : divided(this.#sum.total, this.#count);
  }
}

function sumOf([first, ...others]: readonly NativeHistogram[]): HistogramSum {
  if (first === undefined) throw new TypeError("a mean has a first histogram");
  const sum = new HistogramSum(first);
  for (const histogram of others) sum.add(histogram);
  return sum;
}
