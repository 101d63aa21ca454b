/** A writer that keeps what it was given, for tests of what stands before it. */
import { ChainPulseError } from "../../core/errors.ts";
import { formatLabels, type Labels } from "../../core/labels.ts";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import type { ReceivedSamples, SampleWriter, SeriesRef } from "../../core/storage.ts";

/** By series as `formatLabels` writes it, then by time: a value's bits, or a histogram. */
export type Stored = ReadonlyMap<string, ReadonlyMap<number, bigint | NativeHistogram>>;

export interface MemoryWriter extends Pick<
  SampleWriter,
  "resolve" | "release" | "annotate" | "receive" | "oldestAcceptedMs" | "sync" | "synced"
> {
  readonly stored: Stored;
  /** Series that somebody holds. */
  readonly held: ReadonlySet<string>;
  /** How often each was called; `synced` counts as `sync`. */
  readonly calls: { resolve: number; receive: number; sync: number };
  /** What `receive` and `sync` throw, where they are to fail. */
  failure: ChainPulseError | null;
  maxSeries: number;
}

export function memoryWriter(): MemoryWriter {
  const names: string[] = [];
  const refs = new Map<string, SeriesRef>();
  const holds = new Map<SeriesRef, number>();
  const stored = new Map<string, Map<number, bigint | NativeHistogram>>();
  const samplesOf = (ref: SeriesRef): Map<number, bigint | NativeHistogram> => {
    const name = names[ref] ?? "";
    if ((holds.get(ref) ?? 0) === 0) throw new Error(`nobody holds ${name}`);
    const samples = stored.get(name) ?? new Map<number, bigint | NativeHistogram>();
    stored.set(name, samples);
    return samples;
  };
  const self: MemoryWriter = {
    stored,
    calls: { resolve: 0, receive: 0, sync: 0 },
    failure: null,
    maxSeries: Infinity,
    get held() {
      return new Set(Array.from(holds).flatMap(([ref, count]) => (count > 0 ? [names[ref] ?? ""] : [])));
    },
    resolve(labels: Labels) {
      self.calls.resolve++;
      const name = formatLabels(labels);
      const ref = refs.get(name) ?? names.length;
      if (!refs.has(name)) {
        if (names.length >= self.maxSeries) throw new ChainPulseError("SERIES_LIMIT", `there are ${names.length} series`);
        names.push(name);
        refs.set(name, ref);
      }
      holds.set(ref, (holds.get(ref) ?? 0) + 1);
      return ref;
    },
    release: (ref) => void holds.set(ref, (holds.get(ref) ?? 0) - 1),
    annotate: () => undefined,
    oldestAcceptedMs: () => -Infinity,
    receive({ count, refs: series, timesMs, values, histograms = [] }: ReceivedSamples) {
      self.calls.receive++;
      if (self.failure !== null) throw self.failure;
      const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length);
      for (let i = 0; i < count; i++) samplesOf(series[i] ?? 0).set(timesMs[i] ?? 0, bits[i] ?? 0n);
      for (const { ref, timeMs, histogram } of histograms) samplesOf(ref).set(timeMs, histogram);
    },
    sync() {
      self.calls.sync++;
      if (self.failure !== null) throw self.failure;
    },
    synced: async () => self.sync(),
  };
  return self;
}
