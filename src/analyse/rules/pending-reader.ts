/**
 * A reader that also shows samples which are not stored yet: the rules of a group see what those before them have come to, and all of
 * it is stored in one commit when the group is done. The samples are few, one for each series.
 */
import { type LabelMatcher, type Labels, labelsKey, labelValue } from "../../core/labels.ts";
import {
  type ReadObserver,
  type SampleReader,
  type SeriesSamples,
  type SeriesSummaries,
  staleNaNBits,
  type SummaryColumn,
  type TierStepMs,
} from "../../core/storage.ts";
import { ForwardingReader } from "../../query/forwarding-reader.ts";
import { type PendingSample, PendingSamples } from "./pending-samples.ts";
import { compileMatcher } from "../../store/catalog/matcher.ts";
import { summarise } from "../../store/tier/summarise.ts";

export class PendingReader extends ForwardingReader implements SampleReader {
  readonly #pending = new PendingSamples();

  /** Shows these too; of a series only the latest. */
  add(samples: readonly PendingSample[]): void {
    this.#pending.add(samples);
  }

  get size(): number {
    return this.#pending.size;
  }

  /** They are stored now, or never will be. Returns what there was. */
  take(): ReadonlyMap<string, PendingSample> {
    return this.#pending.take();
  }

  select(matchers: readonly LabelMatcher[], startMs: number, endMs: number, observer?: ReadObserver): readonly SeriesSamples[] {
    const stored = this.reader.select(matchers, startMs, endMs, observer);
    const pending = this.#matching(matchers, startMs, endMs);
    if (pending.size === 0) return stored;
    const merged = stored.map((series) => {
      const sample = pending.get(labelsKey(series.labels));
      if (sample === undefined) return series;
      pending.delete(labelsKey(series.labels));
      return withSample(series, sample);
    });
    // Numbers that no stored series has.
    const added = Array.from(pending.values(), (sample, index) => withSample(emptySeries(-1 - index, sample.labels), sample));
    return [...merged, ...added];
  }

  *summaries(
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    stepMs: TierStepMs,
    observer?: ReadObserver,
    wanted?: readonly SummaryColumn[],
  ): Generator<SeriesSummaries> {
    if (this.#matching(matchers, startMs, endMs).size === 0) {
      yield* this.reader.summaries(matchers, startMs, endMs, stepMs, observer, wanted);
      return;
    }
    for (const samples of this.select(matchers, startMs, endMs, observer)) {
      const columns = summarise(samples, stepMs, startMs, endMs);
      if (columns.endsMs.length > 0) yield { ref: samples.ref, labels: samples.labels, ...columns };
    }
  }

  series(matchers: readonly LabelMatcher[], startMs: number, endMs: number, observer?: ReadObserver): readonly Labels[] {
    const stored = this.reader.series(matchers, startMs, endMs, observer);
    const pending = this.#matching(matchers, startMs, endMs);
    for (const labels of stored) pending.delete(labelsKey(labels));
    return [...stored, ...Array.from(pending.values(), ({ labels }) => labels)];
  }

  labelNames(matchers: readonly LabelMatcher[], startMs: number, endMs: number, observer?: ReadObserver): readonly string[] {
    return this.reader.labelNames(matchers, startMs, endMs, observer);
  }

  labelValues(
    name: string,
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    observer?: ReadObserver,
  ): readonly string[] {
    return this.reader.labelValues(name, matchers, startMs, endMs, observer);
  }

  /** Takes in what has been stored since; looking for it costs more than many a query, so it is not done for each. */
  begin(): void {
    this.reader.refresh();
  }

  /** As `begin` has left it. */
  refresh(): void {}

  /** A map of the caller's own. */
  #matching(matchers: readonly LabelMatcher[], startMs: number, endMs: number): Map<string, PendingSample> {
    if (this.#pending.size === 0) return new Map();
    const compiled = matchers.map(compileMatcher);
    const accepts = ({ labels, timestampMs }: PendingSample): boolean =>
      timestampMs > startMs &&
      timestampMs <= endMs &&
      compiled.every((matcher) => matcher.matches(labelValue(labels, matcher.name)));
    return new Map([...this.#pending.entries()].filter(([, sample]) => accepts(sample)));
  }
}

function emptySeries(ref: number, labels: Labels): SeriesSamples {
  return { ref, labels, timestampsMs: new Float64Array(0), values: new Float64Array(0) };
}

/** With the sample in its place; one of the same time gives way to it. */
function withSample(series: SeriesSamples, { timestampMs, value }: PendingSample): SeriesSamples {
  const before = series.timestampsMs.findLastIndex((time) => time < timestampMs) + 1;
  const after = series.timestampsMs[before] === timestampMs ? before + 1 : before;
  const length = before + 1 + series.timestampsMs.length - after;
  const timestampsMs = new Float64Array(length);
  // Bits, not numbers: a stale marker must come through as it is.
  const bits = new BigUint64Array(length);
  const stored = new BigUint64Array(series.values.buffer, series.values.byteOffset, series.values.length);
  timestampsMs.set(series.timestampsMs.subarray(0, before));
  bits.set(stored.subarray(0, before));
  timestampsMs[before] = timestampMs;
  bits[before] = value === "stale" ? staleNaNBits : (new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n);
  timestampsMs.set(series.timestampsMs.subarray(after), before + 1);
  bits.set(stored.subarray(after), before + 1);
  return { ...series, timestampsMs, values: new Float64Array(bits.buffer) };
}
