/** Functions of Go's `math` whose special cases differ from JavaScript's, so that results equal Prometheus's. */

/** As `Math.max`, but +∞ wins over NaN. */
export function goMax(a: number, b: number): number {
  return a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.max(a, b);
}

/** As `Math.min`, but −∞ wins over NaN. */
export function goMin(a: number, b: number): number {
  return a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.min(a, b);
}

/** IEEE 754 pow: 1 to any power and −1 to ±∞ are 1, where JavaScript says NaN. */
export function goPow(base: number, exponent: number): number {
  const isInfinite = exponent === Number.POSITIVE_INFINITY || exponent === Number.NEGATIVE_INFINITY;
  return base === 1 || (base === -1 && isInfinite) ? 1 : base ** exponent;
}
