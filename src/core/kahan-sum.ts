/**
 * Compensated summation, so that sums do not depend on the size of what was added before. Here, because what the store sums ahead
 * and what a query sums must be the same number.
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
