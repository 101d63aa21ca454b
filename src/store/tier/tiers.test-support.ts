/** What the tests of the tiers share: names, and what a reader answers and tells. */
import type { LabelMatcher, Labels } from "../../core/labels.ts";
import type { ReadNote, ReadObserver, SampleReader, SeriesSummaries, TierStepMs } from "../../core/storage.ts";

export const minuteMs = 60_000;

export function labelsOf(name: string): Labels {
  return { __name__: name, node: "n" };
}

export function named(name: string): readonly LabelMatcher[] {
  return [{ name: "__name__", operator: "=", value: name }];
}

/** The summaries of each series that has any, by name. */
export function summaries(
  reader: SampleReader,
  stepMs: TierStepMs,
  fromMs: number,
  toMs: number,
  observer?: ReadObserver,
): Map<string, SeriesSummaries> {
  return new Map(
    Array.from(reader.summaries([], fromMs, toMs, stepMs, observer), (one) => [one.labels["__name__"] ?? "", one] as const),
  );
}

/** An observer, and what it is told. */
export function notes(): { readonly observer: ReadObserver; readonly found: ReadNote[] } {
  const found: ReadNote[] = [];
  return { observer: { admit: () => undefined, note: (note) => void found.push(note) }, found };
}
