/** The compensated mean. The sum under it is in `core/`: the store needs it too. */
import { KahanSum } from "../../core/kahan-sum.ts";

/**
 * The mean as Prometheus computes it: of the compensated sum, and incrementally from where that sum overflows.
 * Source: Prometheus promql/functions.go, funcAvgOverTime, and its issue 16714.
 */
export class KahanMean {
  #count = 0;
  #incremental = false;
  readonly #sum = new KahanSum();

  add(value: number): void {
    this.#count += 1;
    const count = this.#count;
    if (count === 1) {
      this.#sum.sum = value;
      return;
    }
    if (!this.#incremental) {
      const total = this.#sum.sum + value;
      if (total !== Number.POSITIVE_INFINITY && total !== Number.NEGATIVE_INFINITY) {
        this.#sum.add(value);
        return;
      }
      this.#incremental = true;
      this.#sum.sum /= count - 1;
      this.#sum.compensation /= count - 1;
    }
    const weight = (count - 1) / count;
    this.#sum.sum *= weight;
    this.#sum.compensation *= weight;
    this.#sum.add(value / count);
  }

  get mean(): number {
    const { sum, compensation } = this.#sum;
    return this.#incremental ? sum + compensation : sum / this.#count + compensation / this.#count;
  }
}
