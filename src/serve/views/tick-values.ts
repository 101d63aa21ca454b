/**
 * Values of expressions at ticks. Every door (REST, GraphQL, live) asks here, so that an expression is evaluated once per tick
 * and all doors give the same number at the same instant.
 */
import type { CollectStatus } from "../../collect/api.ts";
import { expandQuery } from "../../core/promql-text.ts";
import type { QueryFailure, QueryResult } from "../../query/api.ts";
import type { Services } from "../services.ts";

/** What became of one expression. */
export type Outcome = QueryResult | QueryFailure;

/** Shared by all doors of one server. */
export interface TickValues {
  /** Time of the newest tick; `null` in an empty store. */
  latestMs(): Promise<number | null>;
  /** Outcomes by expression (as declared, with variables) at one time; of this node where no other is named. */
  evaluate(exprs: readonly string[], timeMs: number, node?: string): Promise<ReadonlyMap<string, Outcome>>;
  /** The collect stage's own report, at most one tick old. */
  collectStatus(): Promise<CollectStatus>;
  /** Calls `listener` with the time of each new tick, after this object has noted it. */
  onTick(listener: (timeMs: number) => void): () => void;
  close(): void;
}

/** Readers ask for the newest tick, or for the one before when they are late; a few more serve `time=`. */
const timesKept = 4;

/** Listens to the ticks until it is closed. */
export function createTickValues(services: Services): TickValues {
  const { query, collect } = services;
  const times = new Map<number, Map<string, Promise<Outcome>>>();
  const listeners = new Set<(timeMs: number) => void>();
  let tickMs: number | null = null;
  let status: { readonly report: Promise<CollectStatus>; readonly askedMs: number } | null = null;

  const offTick = services.onTick((tick) => {
    tickMs = tick.timestampMs;
    status = null;
    for (const listener of listeners) listener(tick.timestampMs);
  });

  const held = (timeMs: number): Map<string, Promise<Outcome>> => {
    const outcomes = times.get(timeMs) ?? new Map<string, Promise<Outcome>>();
    times.set(timeMs, outcomes);
    if (times.size > timesKept) {
      const oldest = times.keys().next();
      if (oldest.done !== true) times.delete(oldest.value);
    }
    return outcomes;
  };

  return {
    latestMs: () => (tickMs === null ? query.latestMs() : Promise.resolve(tickMs)),
    async evaluate(exprs, timeMs, node = services.nodeId) {
      const outcomes = held(timeMs);
      const context = { node, stepMs: null, samplingIntervalMs: services.config().sampling_interval_ms };
      const texts = new Map(exprs.map((expr) => [expr, expandQuery(expr, context)]));
      const missing = [...new Set(texts.values())].filter((text) => !outcomes.has(text));
      if (missing.length > 0) {
        const batch = query.batch(missing, timeMs);
        for (const [index, text] of missing.entries()) {
          const outcome = batch.then((results) => results[index] ?? noOutcome);
          // Whoever awaits it sees the rejection; here it only must not be remembered as the tick's value.
          outcome.catch(() => outcomes.delete(text));
          outcomes.set(text, outcome);
        }
      }
      // Read before the first await: a later tick may push this time out of the cache.
      const wanted = [...texts].map(([expr, text]) => [expr, outcomes.get(text)] as const);
      const found = new Map<string, Outcome>();
      for (const [expr, outcome] of wanted) found.set(expr, (await outcome) ?? noOutcome);
      return found;
    },
    collectStatus() {
      const nowMs = services.clock.monotonicMs();
      // The age counts where collection is off and no tick renews it.
      if (status === null || nowMs - status.askedMs > services.config().sampling_interval_ms) {
        const asked = { report: collect.status(), askedMs: nowMs };
        status = asked;
        // As above: a failed call is the caller's to see, and is asked again next time.
        asked.report.catch(() => {
          if (status === asked) status = null;
        });
      }
      return status.report;
    },
    onTick(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: offTick,
  };
}

const noOutcome: QueryFailure = { code: "INTERNAL", message: "the query thread answered with too few results" };

/** Only failures have a code. */
export function isFailure(outcome: Outcome): outcome is QueryFailure {
  return "code" in outcome;
}
