/** What one query may cost. Every loop that grows with the data asks here first. */
import type { Clock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";

export interface QueryLimits {
  /** Samples read from the store or produced by a step of the evaluation, in total. At 16 bytes each this is a third of a GB; Prometheus allows 50 M. */
  readonly samplesMax: number;
  /** Series of one selector. */
  readonly seriesMax: number;
  /** Points per series of a range query: Prometheus's web/api/v1, so that Grafana's requests fit. */
  readonly pointsMax: number;
  /** Values in one answer, over all queries of a batch: another thread holds them and writes them as text. */
  readonly valuesMax: number;
  /** Of one call: the queries of a batch share it. */
  readonly timeoutMs: number;
}

/** Applied where the caller sets nothing else. */
export const defaultLimits: QueryLimits = {
  samplesMax: 20_000_000,
  seriesMax: 200_000,
  pointsMax: 11_000,
  valuesMax: 1_000_000,
  timeoutMs: 30_000,
};

/**
 * What the queries of one call share: its time, and the size of its answer. With a time for each, a batch of 64 could hold the
 * thread for half an hour; with an answer for each it could fill the memory, since all of them wait for the last.
 */
export class CallBudget {
  readonly limits: QueryLimits;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  #values = 0;

  constructor(limits: QueryLimits, clock: Clock) {
    this.limits = limits;
    this.#clock = clock;
    this.#deadlineMs = clock.monotonicMs() + limits.timeoutMs;
  }

  /** Accounts for values of the answer before they are allocated. Throws `QUERY_LIMIT`; what did not fit does not count. */
  answer(values: number): void {
    if (this.#values + values > this.limits.valuesMax) {
      throw new ChainPulseError("QUERY_LIMIT", `the answer has more than ${this.limits.valuesMax} values`, {
        fix: "Aggregate, select fewer series, enlarge the step or shorten the time range.",
      });
    }
    this.#values += values;
  }

  /** Throws `QUERY_TIMEOUT` when the time is over. */
  checkTime(): void {
    if (this.#clock.monotonicMs() <= this.#deadlineMs) return;
    throw new ChainPulseError("QUERY_TIMEOUT", `the query took longer than ${this.limits.timeoutMs} ms`, {
      fix: "Shorten the time range, enlarge the step or select fewer series.",
    });
  }
}

/** Counts what a query has used so far. */
export class QueryBudget {
  readonly #call: CallBudget;
  readonly #limits: QueryLimits;
  #samples = 0;

  constructor(call: CallBudget) {
    this.#call = call;
    this.#limits = call.limits;
  }

  /** Samples that were taken so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Accounts for samples before they are allocated. Throws `QUERY_LIMIT`, and `QUERY_TIMEOUT` when the time is over. */
  take(samples: number): void {
    this.#samples += samples;
    if (this.#samples > this.#limits.samplesMax) {
      throw new ChainPulseError("QUERY_LIMIT", `the query processes more than ${this.#limits.samplesMax} samples`, {
        fix: "Shorten the time range, enlarge the step or select fewer series.",
      });
    }
    this.checkTime();
  }

  checkSeries(count: number): void {
    if (count <= this.#limits.seriesMax) return;
    throw new ChainPulseError("QUERY_LIMIT", `a selector matches ${count} series, more than ${this.#limits.seriesMax}`, {
      fix: "Add label matchers to the selector.",
    });
  }

  /** As `CallBudget.answer`. */
  answer(values: number): void {
    this.#call.answer(values);
  }

  /** As `CallBudget.checkTime`. */
  checkTime(): void {
    this.#call.checkTime();
  }
}

/** Refuses grids that nobody can draw. Throws `BAD_REQUEST` or `QUERY_LIMIT`. */
export function checkGrid(startMs: number, endMs: number, stepMs: number, limits: QueryLimits): void {
  if (![startMs, endMs, stepMs].every(Number.isSafeInteger)) {
    throw new ChainPulseError("BAD_REQUEST", "start, end and step must be whole milliseconds");
  }
  if (stepMs <= 0) throw new ChainPulseError("BAD_REQUEST", "zero or negative query resolution step widths are not accepted");
  if (endMs < startMs) throw new ChainPulseError("BAD_REQUEST", "the end time must not be before the start time");
  const points = Math.floor((endMs - startMs) / stepMs) + 1;
  if (points <= limits.pointsMax) return;
  throw new ChainPulseError("QUERY_LIMIT", `exceeded maximum resolution of ${limits.pointsMax} points per series: ${points}`, {
    fix: "Enlarge the step or shorten the time range.",
  });
}
