/** What one query may cost. Every loop that grows with the data asks here first. */
import type { Cancellation } from "../core/cancellation.ts";
import type { Clock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";

export interface QueryLimits {
  /** Samples read from the store or produced by a step of the evaluation, in total. At 16 bytes each this is a third of a GB; Prometheus allows 50 M. */
  readonly samplesMax: number;
  /** Series of one selector. */
  readonly seriesMax: number;
  /** Steps of a range query; its points are one more. Source: Prometheus web/api/v1, so that Grafana's requests fit. */
  readonly stepsMax: number;
  /** Values in one answer, over all queries of a batch: another thread holds them and writes them as text. */
  readonly valuesMax: number;
  /** Characters of labels that one query makes (label_replace, label_join): twice as many bytes. */
  readonly labelCharsMax: number;
  /** Of one call: the queries of a batch share it. */
  readonly timeoutMs: number;
}

/** Applied where the caller sets nothing else. */
export const defaultLimits: QueryLimits = {
  samplesMax: 20_000_000,
  seriesMax: 200_000,
  stepsMax: 11_000,
  valuesMax: 1_000_000,
  labelCharsMax: 32_000_000,
  timeoutMs: 30_000,
};

/** How long a sample stands for its series. Source: Prometheus, flag `query.lookback-delta`. */
export const defaultLookbackMs = 300_000;

/** What a caller says of one call. */
export interface CallTerms {
  /** Shortens the limit; it cannot lengthen it. */
  readonly timeoutMs?: number | undefined;
  /** When the caller asked, ms since the epoch: time in the thread's queue is part of the call's time. */
  readonly askedAtMs?: number | undefined;
  /** How long a sample stands for its series, instead of the engine's own time. */
  readonly lookbackMs?: number | undefined;
  /** Nothing that is kept of earlier calls serves this one, neither results nor decoded samples: for measurements. */
  readonly noCache?: boolean | undefined;
}

/**
 * What the queries of one call share: its time, and the size of its answer. With a time for each, a batch of 64 could hold the
 * thread for half an hour; with an answer for each it could fill the memory, since all of them wait for the last.
 */
export class CallBudget {
  readonly limits: QueryLimits;
  readonly terms: CallTerms;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #deadlineMs: number;
  readonly #signal: Cancellation | null;
  #values = 0;
  #samples = 0;
  #samplesRead = 0;

  constructor(limits: QueryLimits, clock: Clock, terms: CallTerms = {}, signal: Cancellation | null = null) {
    this.limits = limits;
    this.terms = terms;
    this.#clock = clock;
    this.#timeoutMs = Math.min(limits.timeoutMs, terms.timeoutMs ?? Infinity);
    const waitedMs = Math.max(0, clock.nowMs() - (terms.askedAtMs ?? Infinity));
    this.#deadlineMs = clock.monotonicMs() + this.#timeoutMs - waitedMs;
    this.#signal = signal;
  }

  /** Samples that its queries have read or made. */
  get samples(): number {
    return this.#samples;
  }

  /** Those of them that were read from the store. */
  get samplesRead(): number {
    return this.#samplesRead;
  }

  /** Counts what a query accounts for. */
  count(samples: number, read: boolean): void {
    this.#samples += samples;
    if (read) this.#samplesRead += samples;
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

  /**
   * Throws `QUERY_TIMEOUT` when the time is over, `CANCELLED` when nobody waits for the answer. It is cheap: a few milliseconds of work
   * may lie between two calls, not more.
   */
  checkTime(): void {
    if (this.#signal?.aborted === true) throw new ChainPulseError("CANCELLED", "the caller of the query has gone");
    if (this.#clock.monotonicMs() <= this.#deadlineMs) return;
    throw new ChainPulseError("QUERY_TIMEOUT", `the query took longer than ${this.#timeoutMs} ms`, {
      fix: "Shorten the time range, enlarge the step or select fewer series.",
    });
  }
}

/** Counts what a query has used so far. */
export class QueryBudget {
  readonly #call: CallBudget;
  readonly #limits: QueryLimits;
  #samples = 0;
  #labelChars = 0;

  constructor(call: CallBudget) {
    this.#call = call;
    this.#limits = call.limits;
  }

  /** What the caller says. */
  get terms(): CallTerms {
    return this.#call.terms;
  }

  /** Samples that were taken so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Accounts for samples that are about to be read from the store. Throws as `take`. */
  read(samples: number): void {
    this.#account(samples, true);
  }

  /** Accounts for samples before they are allocated. Throws `QUERY_LIMIT`, and what `checkTime` throws. */
  take(samples: number): void {
    this.#account(samples, false);
  }

  #account(samples: number, read: boolean): void {
    this.#samples += samples;
    this.#call.count(samples, read);
    if (this.#samples > this.#limits.samplesMax) {
      throw new ChainPulseError("QUERY_LIMIT", `the query processes more than ${this.#limits.samplesMax} samples`, {
        fix: "Shorten the time range, enlarge the step or select fewer series.",
      });
    }
    this.checkTime();
  }

  /** Accounts for a label before it is put together. Throws `QUERY_LIMIT`, and what `checkTime` throws. */
  makeLabel(chars: number): void {
    this.#labelChars += chars;
    if (this.#labelChars > this.#limits.labelCharsMax) {
      throw new ChainPulseError("QUERY_LIMIT", `the query makes more than ${this.#limits.labelCharsMax} characters of labels`, {
        fix: "Make shorter labels, or select fewer series.",
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
  const steps = Math.floor((endMs - startMs) / stepMs);
  if (steps <= limits.stepsMax) return;
  throw new ChainPulseError("QUERY_LIMIT", `exceeded maximum resolution of ${limits.stepsMax} points per series: ${steps}`, {
    fix: "Enlarge the step or shorten the time range.",
  });
}
