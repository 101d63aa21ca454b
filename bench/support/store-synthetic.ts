/**
 * Series that are made, for what no recording has: as many as wanted, for as long as wanted, the same in every run. In each eight
 * of them are the kinds of the recorded hour: most do not move, some count, some are sizes, and some are noise with decimals.
 */
import type { Labels } from "../../src/core/labels.ts";
import type { Tick } from "./store-samples.ts";

const kinds = ["flag", "size", "counter", "load", "limit", "bytes", "duration", "wave"] as const;
export type SyntheticKind = (typeof kinds)[number];

const pageBytes = 4096;

/** A kind's next value from its last one and 32 random bits. */
const steps: Readonly<Record<SyntheticKind, (last: number, random: number) => number>> = {
  flag: () => 1,
  limit: () => 1_048_576,
  size: (last, random) => (random % 64 === 0 ? last + pageBytes * ((random >>> 8) % 32) : last),
  // A counter that starts anew about once a day.
  counter: (last, random) => (random % 86_400 === 0 ? 0 : last + (random % 50)),
  bytes: (last, random) => last + (random % 100_000),
  load: (_, random) => (random % 100_000) / 1000,
  duration: (_, random) => (random % 20_000_000) / 1e9,
  // A true double: no decimal has its digits.
  wave: (last, random) => 0.99 * last + random / 2 ** 32 - 0.5,
};

export class SyntheticSeries {
  readonly labels: readonly Labels[];
  readonly #values: Float64Array;
  readonly #random: Uint32Array;
  readonly #steps: readonly ((last: number, random: number) => number)[];
  readonly #rows: Uint32Array;

  /** `count` series, from the series numbered `first` on: one of them alone takes the same values as among others. */
  constructor(count: number, first = 0) {
    const numbers = Array.from({ length: count }, (_, i) => first + i);
    this.labels = numbers.map(labelsOf);
    this.#values = new Float64Array(count);
    // Any odd factor spreads the numbers over the seeds; a seed of 0 would stay 0.
    this.#random = Uint32Array.from(numbers, (number) => Math.imul(number + 1, 0x9e3779b1));
    this.#steps = numbers.map((number) => steps[kindOf(number)]);
    this.#rows = Uint32Array.from({ length: count }, (_, row) => row);
  }

  /** The next tick of all series; its arrays are the same each time. */
  tick(timestampMs: number): Tick {
    const values = this.#values;
    for (const [row, step] of this.#steps.entries()) {
      // Xorshift, Marsaglia 2003, with his triple 13, 17, 5.
      let random = this.#random[row] ?? 0;
      random ^= random << 13;
      random ^= random >>> 17;
      random ^= random << 5;
      this.#random[row] = random;
      values[row] = step(values[row] ?? 0, random >>> 0);
    }
    return { timestampMs, rows: this.#rows, values, count: values.length };
  }

  /** Ticks a second apart, the first one a second after `startMs`. */
  *ticks(startMs: number, count: number): Generator<Tick> {
    for (let i = 1; i <= count; i++) yield this.tick(startMs + 1000 * i);
  }
}

export function syntheticName(kind: SyntheticKind): string {
  return `bench_${kind}`;
}

/** All synthetic series have this label; its value is their job. */
export const syntheticJob = "bench";

/** The number of the first series of this kind; every eighth after it is another one. */
export function firstOfKind(kind: SyntheticKind): number {
  return kinds.indexOf(kind);
}

function kindOf(number: number): SyntheticKind {
  // In bounds: a remainder.
  return kinds[number % kinds.length] as SyntheticKind;
}

function labelsOf(number: number): Labels {
  return { __name__: syntheticName(kindOf(number)), job: syntheticJob, series: String(number) };
}
