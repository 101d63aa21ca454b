/**
 * Numbers for series that a request names for the first time. Where the store has no room for more it is not asked again and again: new
 * series of that node are refused at once for a while, and what is known goes on.
 */
import type { Clock } from "../../../core/clock.ts";
import { labelsKey, labelValue } from "../../../core/labels.ts";
import type { IntakeSink, RefusedSeries } from "../sink.ts";
import type { Refusal } from "./refusals.ts";
import type { SeriesCache } from "./series-cache.ts";
import type { NewSeries } from "./write-batch.ts";

const pauseMs = 5000;
/** Nodes with a pause: who sends so many names of nodes may ask the store each time. */
const pausesMax = 1000;

interface Pause {
  readonly untilMs: number;
  readonly refusal: Refusal;
}

export class SeriesNumbers {
  readonly #sink: Pick<IntakeSink, "resolve">;
  readonly #cache: SeriesCache;
  readonly #clock: Clock;
  readonly #pauses = new Map<string, Pause>();

  constructor(sink: Pick<IntakeSink, "resolve">, cache: SeriesCache, clock: Clock) {
    this.#sink = sink;
    this.#cache = cache;
    this.#clock = clock;
  }

  /** Puts their numbers into the cache; returns those without one, by `labelsKey`. */
  async find(series: readonly NewSeries[]): Promise<ReadonlyMap<string, Refusal>> {
    const refused = new Map<string, Refusal>();
    const asked: NewSeries[] = [];
    for (const one of series) {
      const pause = this.#pauseOf(one);
      if (pause === null) asked.push(one);
      else refused.set(labelsKey(one.labels), pause);
    }
    const found = await this.#sink.resolve(asked.map(({ labels }) => labels));
    const nowMs = this.#clock.monotonicMs();
    for (const [index, one] of asked.entries()) {
      const ref = found[index];
      if (typeof ref === "number") this.#cache.add(one.key, ref, nowMs);
      else refused.set(labelsKey(one.labels), this.#refuse(one, ref));
    }
    return refused;
  }

  #pauseOf({ labels }: NewSeries): Refusal | null {
    const pause = this.#pauses.get(labelValue(labels, nodeLabel));
    return pause !== undefined && this.#clock.monotonicMs() < pause.untilMs ? pause.refusal : null;
  }

  #refuse({ labels }: NewSeries, refused: RefusedSeries = nameless): Refusal {
    const refusal: Refusal = { reason: refused.reason, message: refused.refusal };
    // What is wrong with one series says nothing of others.
    if (refusal.reason !== "series_limit") return refusal;
    if (this.#pauses.size >= pausesMax) this.#pauses.clear();
    this.#pauses.set(labelValue(labels, nodeLabel), { untilMs: this.#clock.monotonicMs() + pauseMs, refusal });
    return refusal;
  }
}

const nameless: RefusedSeries = { reason: "series_limit", refusal: "the store has given it no number" };
/** By which the store counts who has how many series. */
const nodeLabel = "node";
