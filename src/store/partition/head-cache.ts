/**
 * The newest ticks in a reader's memory, row by row as they were committed: what live charts and checks ask for. It covers every
 * tick after `coveredFromMs`; what is older is in sealed blocks.
 */
import type { HeadTick } from "./head-tick.ts";
import { positionsIn } from "./layout-positions.ts";
import type { SeriesRef } from "../../core/storage.ts";

/** Where a series' samples go: `at` is the next free place. */
export interface Target {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  at: number;
}

/** Ticks from `first` up to, not including, `end`. */
export interface TickRange {
  readonly first: number;
  readonly end: number;
}

export class HeadCache {
  readonly #maxTicks: number;
  readonly #maxSamples: number;
  #samples = 0;
  #ticks: HeadTick[] = [];
  #coveredFromMs = -Infinity;

  /** Keeps `maxTicks` ticks with `maxSamples` samples, and beyond that only what is not sealed yet. */
  constructor(maxTicks: number, maxSamples: number) {
    this.#maxTicks = maxTicks;
    this.#maxSamples = maxSamples;
  }

  get coveredFromMs(): number {
    return this.#coveredFromMs;
  }

  get newestMs(): number | null {
    return this.#ticks.at(-1)?.timestampMs ?? null;
  }

  /** Starts anew with all ticks after `coveredFromMs`. */
  reset(coveredFromMs: number, ticks: readonly HeadTick[]): void {
    this.#ticks = [...ticks];
    this.#samples = ticks.reduce((sum, { refs }) => sum + refs.length, 0);
    this.#coveredFromMs = coveredFromMs;
  }

  /** Adds the ticks that follow; lets old ones go that are sealed, which is up to `sealedToMs`. */
  append(ticks: readonly HeadTick[], sealedToMs: number): void {
    for (const tick of ticks) {
      this.#ticks.push(tick);
      this.#samples += tick.refs.length;
    }
    const sealed = this.#after(sealedToMs);
    let excess = 0;
    while (excess < sealed && (this.#ticks.length - excess > this.#maxTicks || this.#samples > this.#maxSamples)) {
      this.#samples -= this.#ticks[excess]?.refs.length ?? 0;
      excess++;
    }
    const last = this.#ticks[excess - 1];
    if (last === undefined) return;
    this.#coveredFromMs = last.timestampMs;
    this.#ticks.splice(0, excess);
  }

  range(startMs: number, endMs: number): TickRange {
    return { first: this.#after(startMs), end: this.#after(endMs) };
  }

  /** How many ticks of the range have a sample of each series. `refs` ascend. */
  counts(refs: readonly SeriesRef[], range: TickRange): Uint32Array {
    const counts = new Uint32Array(refs.length);
    for (const run of this.#runs(range)) {
      const positions = positionsIn(run.layout, refs);
      for (let i = 0; i < refs.length; i++) if (at(positions, i) >= 0) counts[i] = at(counts, i) + run.end - run.first;
    }
    return counts;
  }

  /** Copies the samples of the range into one target per series, which `counts` has measured. `refs` ascend. */
  fill(refs: readonly SeriesRef[], range: TickRange, targets: readonly Target[]): void {
    for (const run of this.#runs(range)) {
      const positions = positionsIn(run.layout, refs);
      for (const [i, target] of targets.entries()) {
        const position = at(positions, i);
        if (position >= 0) this.#copy(run, position, target);
      }
    }
  }

  #copy(run: TickRange, position: number, target: Target): void {
    const { timestampsMs, values } = target;
    const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
    let to = target.at;
    for (let row = run.first; row < run.end; row++, to++) {
      const tick = this.#ticks[row];
      if (tick === undefined) break;
      timestampsMs[to] = tick.timestampMs;
      // As words: a signalling NaN, which the stale marker is, may change its bits on the way through a number.
      words[2 * to] = at(tick.words, 2 * position);
      words[2 * to + 1] = at(tick.words, 2 * position + 1);
    }
    target.at = to;
  }

  /** Stretches of ticks that have the same series: mostly one, a few where processes come and go. */
  *#runs({ first, end }: TickRange): Generator<TickRange & { readonly layout: Uint32Array }> {
    for (let start = first; start < end;) {
      const layout = this.#ticks[start]?.refs;
      if (layout === undefined) return;
      let next = start + 1;
      while (next < end && this.#ticks[next]?.refs === layout) next++;
      yield { first: start, end: next, layout };
      start = next;
    }
  }

  /** Index of the first tick after `timeMs`. */
  #after(timeMs: number): number {
    let low = 0;
    let high = this.#ticks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      // In bounds: low ≤ middle < high ≤ length.
      if ((this.#ticks[middle] as HeadTick).timestampMs <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function at(array: Uint32Array | Int32Array, index: number): number {
  // Callers index within the lengths of arrays that were made for each other.
  return array[index] as number;
}
