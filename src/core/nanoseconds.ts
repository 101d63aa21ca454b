/** Nanoseconds, of which a number has not enough digits, and milliseconds. */

const perMs = 1_000_000n;

/** With what a double keeps of the rest: for times of this century some hundred nanoseconds. Whole milliseconds are exact. */
export function msOfNs(ns: bigint): number {
  return Number(ns / perMs) + Number(ns % perMs) / 1e6;
}

/** Exact where `ms` is whole. */
export function nsOfMs(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * perMs + BigInt(Math.round((ms - whole) * 1e6));
}
