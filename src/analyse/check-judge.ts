/** Judging one check at one time: pure, so that every limit and every wait can be tested without a clock. */
import type { CheckDeclaration } from "../core/check.ts";
import { labelsKey } from "../core/labels.ts";
import type { VectorSample } from "../query/api.ts";

export type Level = "ok" | "warning" | "critical";

interface Since {
  readonly warning: number | null;
  readonly critical: number | null;
}

/** Since when each element has passed each limit without a break; ms since the epoch. */
export type PassedSince = ReadonlyMap<string, Since>;

export interface Judgement {
  readonly level: Level;
  /** The element that decides: the worst of the worst level. `null` only for an empty vector. */
  readonly worst: VectorSample | null;
  /** Since when the worst element has passed its limit; `null` when the level is ok. */
  readonly sinceMs: number | null;
  /** What it will become if it lasts, where the level is ok only because the limit has not been passed for long enough. */
  readonly pending: { readonly level: Exclude<Level, "ok">; readonly sinceMs: number } | null;
  readonly passed: PassedSince;
}

export function judge(check: CheckDeclaration, vector: readonly VectorSample[], before: PassedSince, nowMs: number): Judgement {
  const passed = new Map<string, Since>();
  let best: { rank: number; sample: VectorSample; since: Since } | null = null;
  for (const sample of vector) {
    const key = labelsKey(sample.labels);
    const earlier = before.get(key);
    const since = {
      warning: passes(check, sample.value, check.warning) ? sinceOf(earlier?.warning, nowMs) : null,
      critical: passes(check, sample.value, check.critical) ? sinceOf(earlier?.critical, nowMs) : null,
    };
    passed.set(key, since);
    const rank = holds(check, since.critical, nowMs) ? 2 : holds(check, since.warning, nowMs) ? 1 : 0;
    const worse = best === null || rank > best.rank || (rank === best.rank && isWorse(check, sample.value, best.sample.value));
    if (worse) best = { rank, sample, since };
  }
  const level = (["ok", "warning", "critical"] as const)[best?.rank ?? 0] ?? "ok";
  return {
    level,
    worst: best?.sample ?? null,
    sinceMs: level === "ok" ? null : (best?.since[level] ?? null),
    pending: level === "ok" && best !== null ? pendingOf(best.since) : null,
    passed,
  };
}

/** The first of the limits that is passed, though not for long enough. */
function pendingOf({ warning, critical }: Since): Judgement["pending"] {
  if (warning !== null) return { level: "warning", sinceMs: warning };
  return critical === null ? null : { level: "critical", sinceMs: critical };
}

function passes(check: CheckDeclaration, value: number, limit: number | undefined): boolean {
  if (limit === undefined) return false;
  return check.direction === "above" ? value > limit : value < limit;
}

/** Where the clock was set back, since now: `forMs` would be waited for until the clock has caught up. */
function sinceOf(earlierMs: number | null | undefined, nowMs: number): number {
  return Math.min(earlierMs ?? nowMs, nowMs);
}

function holds(check: CheckDeclaration, sinceMs: number | null, nowMs: number): boolean {
  return sinceMs !== null && nowMs - sinceMs >= (check.forMs ?? 0);
}

function isWorse(check: CheckDeclaration, a: number, b: number): boolean {
  // NaN compares false both ways: a number always beats it.
  return Number.isNaN(b) || (check.direction === "above" ? a > b : a < b);
}
