/** All tiers of one reader: which of them answers for which time. */
import type { Logger } from "../../core/logger.ts";
import type { ReadObserver, SeriesRef, SummaryColumn, SummaryColumns, TierStepMs } from "../../core/storage.ts";
import type { ColumnSamples } from "../codec/block.ts";
import { samplesOfSummaries } from "./summary-samples.ts";
import { TierSamples } from "./tier-samples.ts";
import { chunkMs, tiers } from "./tiers.ts";

/** A stretch of time, fromMs < end of window ≤ toMs, and who answers for it: a tier, or raw samples. */
export interface PlanPart {
  readonly fromMs: number;
  readonly toMs: number;
  /** The part's windows of one series, from a tier; `null` where raw samples answer. */
  readonly read:
    | ((ref: SeriesRef, observer: ReadObserver, wanted?: readonly SummaryColumn[]) => readonly SummaryColumns[])
    | null;
}

export class TieredSamples {
  /** Finest first. */
  readonly #tiers: readonly TierSamples[];

  constructor(options: { readonly dataDir: string; readonly logger: Logger }) {
    this.#tiers = tiers.map((tier) => new TierSamples(tier, options));
  }

  refresh(): void {
    for (const tier of this.#tiers) tier.refresh();
  }

  /** Whether any tier has something from before then. */
  reachBefore(timeMs: number): boolean {
    return this.#tiers.some((tier) => (tier.coverage()?.fromMs ?? Infinity) < timeMs);
  }

  /** Tells of what the tiers have lost of a range. */
  noteMissing(startMs: number, endMs: number, rawFromMs: number, observer: ReadObserver): void {
    for (const tier of this.#tiers) tier.noteMissing(startMs, endMs, rawFromMs, observer);
  }

  /** Step of the finest tier that answers at this time. */
  stepAtMs(timeMs: number): TierStepMs | null {
    const found = this.#tiers.find((tier) => {
      const coverage = tier.coverage();
      return coverage !== null && timeMs > coverage.fromMs && timeMs <= coverage.toMs;
    });
    return found?.tier.stepMs ?? null;
  }

  /** Samples with startMs < time ≤ endMs, each stretch from the finest tier that has it, in pieces in time order. */
  select(ref: SeriesRef, startMs: number, endMs: number, observer: ReadObserver): readonly ColumnSamples[] {
    const parts: (readonly ColumnSamples[])[] = [];
    let untilMs = endMs;
    for (const tier of this.#tiers) {
      const coverage = tier.coverage();
      const { stepMs } = tier.tier;
      const fromMs = Math.max(startMs, coverage?.fromMs ?? Infinity);
      if (coverage === null || fromMs >= untilMs) continue;
      // Up to the end of the window that `untilMs` lies in.
      const toMs = Math.min(coverage.toMs, Math.ceil(untilMs / stepMs) * stepMs);
      const samples: ColumnSamples[] = [];
      for (const piece of tier.read(ref, fromMs, toMs, observer, ["first", "last", "flags"])) {
        const found = samplesOfSummaries(piece, fromMs, untilMs);
        if (found.values.length === 0) continue;
        observer.admit(found.values.length);
        observer.note({ kind: "tier", stepMs });
        samples.push(found);
      }
      parts.unshift(samples);
      untilMs = fromMs;
    }
    return parts.flat();
  }

  /**
   * Who answers for the windows of `stepMs` in a range: the tier where it is built, raw samples before and after it, and before all
   * raw samples the coarser tiers. In time order; `rawFromMs` is a multiple of `stepMs`.
   */
  plan(range: {
    readonly startMs: number;
    readonly endMs: number;
    readonly stepMs: TierStepMs;
    readonly rawFromMs: number;
    /** Whether the tiers lack some of the raw samples of a chunk: those answer for it then. */
    readonly isDirty: (chunkStartMs: number) => boolean;
  }): readonly PlanPart[] {
    const { startMs, endMs, stepMs, rawFromMs, isDirty } = range;
    const parts: PlanPart[] = [];
    let untilMs = endMs;
    const raw = (downToMs: number): void => {
      const fromMs = Math.max(startMs, rawFromMs, downToMs);
      if (fromMs >= untilMs) return;
      parts.unshift({ fromMs, toMs: untilMs, read: null });
      untilMs = fromMs;
    };
    for (const tier of this.#tiers) {
      const coverage = tier.coverage();
      if (tier.tier.stepMs < stepMs || coverage === null) continue;
      // A coarser tier is for where raw samples are gone, and for nothing else.
      raw(tier.tier.stepMs === stepMs ? coverage.toMs : -Infinity);
      const fromMs = Math.max(startMs, coverage.fromMs);
      for (let toMs = Math.min(untilMs, coverage.toMs); fromMs < toMs; toMs = untilMs) {
        const part = stretchBefore(toMs, fromMs, isDirty);
        parts.unshift({ ...part, read: part.isDirty ? null : this.#reading(tier, part, stepMs) });
        untilMs = part.fromMs;
      }
      raw(-Infinity);
    }
    raw(-Infinity);
    return parts;
  }

  close(): void {
    for (const tier of this.#tiers) tier.close();
  }

  #reading(tier: TierSamples, { fromMs, toMs }: Stretch, stepMs: TierStepMs): PlanPart["read"] {
    return (ref, observer, wanted) => {
      const pieces: SummaryColumns[] = [];
      for (const piece of tier.read(ref, fromMs, toMs, observer, wanted)) {
        observer.admit(piece.endsMs.length);
        if (tier.tier.stepMs !== stepMs) observer.note({ kind: "tier", stepMs: tier.tier.stepMs });
        pieces.push(piece);
      }
      return pieces;
    };
  }
}

type Stretch = Pick<PlanPart, "fromMs" | "toMs"> & { readonly isDirty: boolean };

/** The longest stretch that ends at `toMs`, begins at `fromMs` or later, and whose chunks are all dirty, or all not. */
function stretchBefore(toMs: number, fromMs: number, isDirty: (chunkStartMs: number) => boolean): Stretch {
  let chunk = (Math.ceil(toMs / chunkMs) - 1) * chunkMs;
  const state = isDirty(chunk);
  while (chunk > fromMs && isDirty(chunk - chunkMs) === state) chunk -= chunkMs;
  return { fromMs: Math.max(chunk, fromMs), toMs, isDirty: state };
}
