/** OTLP's times: nanoseconds since the epoch in 64 bits, which is more than a JavaScript number has digits for. */

/** Whole ms, rounded down and exact, of the two words of a fixed64. 2^32 ns are 4294 ms and 967,296 ns. */
export function millisecondsOf(low: number, high: number): number {
  return high * 4294 + Math.floor((high * 967_296 + low) / 1_000_000);
}
