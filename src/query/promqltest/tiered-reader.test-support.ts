/**
 * A reader whose raw samples are gone before some time, as the store's are beyond their retention: windows of a tier answer there.
 * Summaries are of the samples of the reader below, so that tests know what the tier had to say.
 */
import type { ReadObserver, SampleReader, SeriesSamples, SummaryColumns, TierStepMs } from "../../core/storage.ts";
import { joinSummaries, mapColumns, summarise } from "../../store/tier/summarise.ts";

export interface TierSpan {
  readonly stepMs: TierStepMs;
  /** Last time for which this tier answers; a multiple of the step. Before it, after the span before. */
  readonly untilMs: number;
}

interface Range {
  readonly startMs: number;
  readonly endMs: number;
  readonly observer: ReadObserver | undefined;
  /** Windows of this step and finer ones are what was asked for: no note. */
  readonly expectedMs: number;
}

/** `spans`: in time order; raw samples follow. */
export function withTiers(reader: SampleReader, spans: readonly TierSpan[]): SampleReader {
  const rawFromMs = spans.at(-1)?.untilMs ?? 0;

  /** One series' windows where raw samples are gone: those of the tier, or coarser ones, that end in the range. */
  function tierRows(
    samples: SeriesSamples,
    stepMs: TierStepMs,
    { startMs, endMs, observer, expectedMs }: Range,
  ): SummaryColumns {
    const pieces = spans.map((span, i) => {
      const all = summarise(samples, Math.max(span.stepMs, stepMs), spans[i - 1]?.untilMs ?? 0, Math.min(span.untilMs, endMs));
      const rows = after(all, startMs);
      if (rows.endsMs.length > 0 && span.stepMs > expectedMs) observer?.note({ kind: "tier", stepMs: span.stepMs });
      return rows;
    });
    return joinSummaries(pieces);
  }

  function select(samples: SeriesSamples, range: Range): SeriesSamples {
    const rows = tierRows(samples, 60_000, range);
    const old = [...rows.endsMs.keys()].flatMap((row) => {
      const first = [rows.firstMs[row] ?? 0, rows.first[row] ?? 0] as const;
      return rows.count[row] === 1 ? [first] : [first, [rows.lastMs[row] ?? 0, rows.last[row] ?? 0] as const];
    });
    const shown = old.filter(([timeMs]) => timeMs > range.startMs);
    const raw = samples.timestampsMs.findIndex((timeMs) => timeMs > Math.max(range.startMs, rawFromMs));
    const recent = raw < 0 ? samples.values.length : raw;
    const values = new Float64Array(shown.length + samples.values.length - recent);
    values.set(shown.map(([, value]) => value));
    values.set(samples.values.subarray(recent), shown.length);
    const timestampsMs = Float64Array.from([...shown.map(([timeMs]) => timeMs), ...samples.timestampsMs.subarray(recent)]);
    return { ...samples, timestampsMs, values };
  }

  return {
    ...reader,
    oldestMs: () => rawFromMs + 1,
    stepAtMs: (timeMs) => spans.find(({ untilMs }) => timeMs <= untilMs)?.stepMs ?? 0,
    select: (matchers, startMs, endMs, observer) =>
      reader
        .select(matchers, 0, endMs)
        .map((samples) => select(samples, { startMs, endMs, observer, expectedMs: 0 }))
        .filter(({ values }) => values.length > 0),
    *summaries(matchers, startMs, endMs, stepMs, observer) {
      for (const samples of reader.select(matchers, 0, endMs)) {
        const recent = summarise(samples, stepMs, Math.max(startMs, rawFromMs), endMs);
        const columns = joinSummaries([tierRows(samples, stepMs, { startMs, endMs, observer, expectedMs: stepMs }), recent]);
        if (columns.endsMs.length > 0) yield { ref: samples.ref, labels: samples.labels, ...columns };
      }
    },
  };
}

/** The windows that end after `startMs`. */
function after(columns: SummaryColumns, startMs: number): SummaryColumns {
  const from = columns.endsMs.findIndex((endMs) => endMs > startMs);
  return mapColumns((name) => columns[name].subarray(from < 0 ? columns.endsMs.length : from));
}
