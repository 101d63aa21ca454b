/**
 * Stores what the rules of the analyse thread come to. Their samples are a tick of their own, at the time of the evaluation: between
 * two ticks of the collectors, since the store's time only goes forward. Where a tick is due already they wait for it; where one
 * has come in between they are stored right after it.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { ChainPulseError } from "../core/errors.ts";
import { labelsOfKey } from "../core/labels.ts";
import type { RuleSampleBatch, RuleSampleReceipt } from "../core/rule-samples.ts";
import type { RuleGroupFacts } from "../core/runtime.ts";
import { type SampleWriter, type SeriesRef, staleNaNBits } from "../core/storage.ts";

/** A result that would be stored this much later than it was true, ms, is dropped: the clock was set back, or the thread hung. */
const latenessMsMax = 10_000;
/** New series are found a place for in steps of so many, a few ms each: a tick may be due. */
const resolvedAtOnce = 100;

/** The ticks of the collectors. */
export interface TickPlan {
  /** When the next tick is due, ms since the epoch; `null` while there are none. */
  readonly plannedMs: number | null;
  /** Resolves after the next tick, and when there is none any more. */
  afterTick(): Promise<void>;
}

export class RuleSampleWriter {
  readonly #writer: Pick<SampleWriter, "resolve" | "release" | "commit" | "stats">;
  /** Series that rules write, by `labelsKey`. */
  readonly #refs = new Map<string, SeriesRef>();
  #groups: readonly RuleGroupFacts[] = [];

  constructor(writer: Pick<SampleWriter, "resolve" | "release" | "commit" | "stats">) {
    this.#writer = writer;
  }

  /** As of the last batch. */
  get groups(): readonly RuleGroupFacts[] {
    return this.#groups;
  }

  /** Rejects with `SAMPLE_OUT_OF_ORDER` and `STORE_FULL`; nothing of the batch is stored then. `ticks`: those of now, asked again after each wait. */
  async store(batch: RuleSampleBatch, ticks: () => TickPlan | null): Promise<RuleSampleReceipt> {
    this.#groups = batch.groups;
    if (batch.keys.length === 0) return { refused: 0, refusal: null };
    const places = await this.#resolveAll(batch.keys);
    let plan = ticks();
    while (plan !== null && plan.plannedMs !== null && this.#timeOf(batch) >= plan.plannedMs) {
      await plan.afterTick();
      plan = ticks();
    }
    const timestampMs = this.#timeOf(batch);
    if (timestampMs - batch.timestampMs > latenessMsMax) {
      throw new ChainPulseError("SAMPLE_OUT_OF_ORDER", `results of rules are older than ${latenessMsMax / 1000} s`, {
        fix: "Look for a clock that was set back, and for rules that take long.",
      });
    }
    return this.#commit(batch, places, timestampMs);
  }

  #timeOf({ timestampMs }: RuleSampleBatch): number {
    return Math.max(timestampMs, (this.#writer.stats().newestMs ?? -Infinity) + 1);
  }

  #commit({ keys, values }: RuleSampleBatch, places: readonly (SeriesRef | string)[], timestampMs: number): RuleSampleReceipt {
    const refs = new Uint32Array(keys.length);
    const taken = new Float64Array(keys.length);
    const [from, to] = [new BigUint64Array(values.buffer, values.byteOffset, keys.length), new BigUint64Array(taken.buffer)];
    let count = 0;
    let refusal: string | null = null;
    for (const [index, ref] of places.entries()) {
      if (typeof ref === "string") {
        refusal = ref;
        continue;
      }
      refs[count] = ref;
      to[count++] = from[index] ?? staleNaNBits;
    }
    if (count > 0) this.#writer.commit(timestampMs, refs, taken, count);
    for (const [index, key] of keys.entries()) if (from[index] === staleNaNBits) this.#forget(key);
    return { refused: keys.length - count, refusal };
  }

  /** Of each series its number, or why it has none. */
  async #resolveAll(keys: readonly string[]): Promise<readonly (SeriesRef | string)[]> {
    const places: (SeriesRef | string)[] = [];
    let resolved = 0;
    for (const key of keys) {
      const known = this.#refs.get(key);
      places.push(known ?? this.#resolve(key));
      if (known === undefined && ++resolved % resolvedAtOnce === 0) await nextTurn();
    }
    return places;
  }

  #resolve(key: string): SeriesRef | string {
    try {
      const ref = this.#writer.resolve(labelsOfKey(key));
      this.#refs.set(key, ref);
      return ref;
    } catch (error) {
      if (error instanceof ChainPulseError && error.code === "SERIES_LIMIT") return error.message;
      throw error;
    }
  }

  #forget(key: string): void {
    const ref = this.#refs.get(key);
    if (ref !== undefined) this.#writer.release(ref);
    this.#refs.delete(key);
  }
}
