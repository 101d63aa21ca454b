/**
 * Compensated summation, so that sums do not depend on the size of what was added before.
 * Source: Neumaier 1974; Prometheus util/kahansum, whose results these must equal bit by bit.
 */
export class KahanSum {
  sum: number;
  compensation = 0;

  constructor(start = 0) {
    this.sum = start;
  }

  add(value: number): void {
    const total = this.sum + value;
    if (!Number.isFinite(total)) this.compensation = 0;
    // The low-order digits of the smaller operand are the ones that were lost.
    else if (Math.abs(this.sum) >= Math.abs(value)) this.compensation += this.sum - total + value;
    else this.compensation += value - total + this.sum;
    this.sum = total;
  }

  get total(): number {
    return Number.isFinite(this.sum) ? this.sum + this.compensation : this.sum;
  }
}

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
