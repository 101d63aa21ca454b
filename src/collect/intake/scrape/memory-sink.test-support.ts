/** A sink that keeps what it is given, for tests. */
import { type Labels, labelsKey, labelsOfKey } from "../../../core/labels.ts";
import type { NativeHistogram } from "../../../core/native-histogram.ts";
import { staleNaNBits } from "../../../core/storage.ts";
import { isTooLong, tooLong } from "../label-length.ts";
import type { IntakeSink } from "../sink.ts";

export interface StoredSample {
  readonly timeMs: number;
  /** `stale` for a stale marker. */
  readonly value: number | "stale" | NativeHistogram;
}

export interface MemorySink extends IntakeSink {
  /** The samples of the one series that has these labels (and maybe others); throws where there is none, or more. */
  series(labels: Labels): readonly StoredSample[];
  all(): ReadonlyMap<string, readonly StoredSample[]>;
  /** Resolves at the next `store`. */
  stored(): Promise<void>;
  /** From now on it takes so many series. */
  allow(seriesMax: number): void;
  /** Holds per series that were not given back. */
  held(): number;
}

export interface MemorySinkOptions {
  readonly seriesMax?: number;
  readonly oldestMs?: number;
  readonly newestMs?: number;
}

export function createMemorySink(options: MemorySinkOptions = {}): MemorySink {
  let { seriesMax = Infinity } = options;
  const { oldestMs = -Infinity, newestMs = Infinity } = options;
  const refs = new Map<string, number>();
  const samples: StoredSample[][] = [];
  let held = 0;
  let waiting: (() => void)[] = [];
  return {
    resolve: (all) =>
      Promise.resolve(
        all.map((labels) => {
          const key = labelsKey(labels);
          const known = refs.get(key);
          if (known === undefined && refs.size >= seriesMax) return { reason: "series_limit", refusal: "full" };
          if (isTooLong(labels)) return { reason: tooLong.reason, refusal: tooLong.message };
          const ref = known ?? refs.size;
          if (known === undefined) {
            refs.set(key, ref);
            samples.push([]);
          }
          held++;
          return ref;
        }),
      ),
    release(given) {
      held -= given.length;
    },
    store({ count, refs: written, timesMs, values, histograms = [] }) {
      const bits = new BigUint64Array(values.buffer);
      for (let i = 0; i < count; i++) {
        const value = bits[i] === staleNaNBits ? "stale" : (values[i] ?? 0);
        samples[written[i] ?? 0]?.push({ timeMs: timesMs[i] ?? 0, value });
      }
      for (const { ref, timeMs, histogram } of histograms) samples[ref]?.push({ timeMs, value: histogram });
      const told = waiting;
      waiting = [];
      for (const tell of told) tell();
      return Promise.resolve();
    },
    oldestAcceptedMs: () => oldestMs,
    newestAcceptedMs: () => newestMs,
    series(wanted) {
      const found = [...refs].filter(([key]) => {
        const labels = labelsOfKey(key);
        return Object.entries(wanted).every(([name, value]) => labels[name] === value);
      });
      const [only] = found;
      if (only === undefined || found.length > 1) throw new Error(`${found.length} series have ${JSON.stringify(wanted)}`);
      return samples[only[1]] ?? [];
    },
    all: () => new Map([...refs].map(([key, ref]) => [key, samples[ref] ?? []])),
    stored: () => new Promise((resolve) => waiting.push(resolve)),
    allow(more) {
      seriesMax = more;
    },
    held: () => held,
  };
}
