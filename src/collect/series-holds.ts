/**
 * Several may write one series: collectors, rules, and whoever sends us the same. The store knows only whether it is held, so the holds
 * are counted here, and the series is given up with the last one.
 */
import type { SampleWriter, SeriesRef } from "../core/storage.ts";

/** Holds by series; numbers of series are dense from 0. */
export class HoldCounts {
  #counts = new Uint32Array(1024);

  /** Returns how many there are now. */
  add(ref: SeriesRef): number {
    if (ref >= this.#counts.length) this.#grow(ref);
    const count = (this.#counts[ref] ?? 0) + 1;
    this.#counts[ref] = count;
    return count;
  }

  /** Returns how many are left; -1 where there was none. */
  remove(ref: SeriesRef): number {
    const count = (this.#counts[ref] ?? 0) - 1;
    if (count >= 0) this.#counts[ref] = count;
    return count;
  }

  /** Each series that is held, and how often. */
  *entries(): Generator<readonly [SeriesRef, number]> {
    for (const [ref, count] of this.#counts.entries()) if (count > 0) yield [ref, count];
  }

  #grow(ref: SeriesRef): void {
    const grown = new Uint32Array(2 ** Math.ceil(Math.log2(ref + 1)));
    grown.set(this.#counts);
    this.#counts = grown;
  }
}

/** The same writer, whose `release` takes back one `resolve`. */
export function withHolds(writer: SampleWriter): SampleWriter {
  const holds = new HoldCounts();
  return {
    resolve(labels) {
      const ref = writer.resolve(labels);
      holds.add(ref);
      return ref;
    },
    release(ref) {
      if (holds.remove(ref) === 0) writer.release(ref);
    },
    commit: (timestampMs, refs, values, count) => writer.commit(timestampMs, refs, values, count),
    holds: (ref) => writer.holds(ref),
    receive: (samples) => writer.receive(samples),
    oldestAcceptedMs: () => writer.oldestAcceptedMs(),
    annotate: (annotation) => writer.annotate(annotation),
    endLastRun: (spared) => writer.endLastRun(spared),
    rewind: (toMs) => writer.rewind(toMs),
    maintain: (nowMs, budgetMs) => writer.maintain(nowMs, budgetMs),
    backlog: () => writer.backlog(),
    sync: () => writer.sync(),
    synced: () => writer.synced(),
    stats: () => writer.stats(),
    close: () => writer.close(),
  };
}
