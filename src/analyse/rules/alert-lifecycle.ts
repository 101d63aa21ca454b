/**
 * The life of an alert: pending while its condition has not held for long enough, firing, and inactive for a while after its condition
 * has gone, so that its end can be told. Pure: each evaluation makes new alerts of the ones before.
 * Source: Prometheus rules/alerting.go, AlertingRule.Eval.
 */
import type { Labels } from "../../core/labels.ts";
import type { AlertState } from "../../core/rule.ts";

/** An element of the rule's vector, with the rule's labels and annotations. */
export interface AlertElement {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly value: number;
}

/** All times in ms since the epoch. */
export interface TrackedAlert extends AlertElement {
  readonly state: AlertState;
  readonly activeAtMs: number;
  readonly firedAtMs: number | null;
  readonly resolvedAtMs: number | null;
  /** Since when its condition is gone while it fires on. */
  readonly keepFiringSinceMs: number | null;
  readonly lastSentMs: number | null;
}

/** By `labelsKey` of their labels. */
export type TrackedAlerts = ReadonlyMap<string, TrackedAlert>;

/** How long a resolved alert is remembered. Source: rules/alerting.go, resolvedRetention. */
const resolvedRetentionMs = 15 * 60_000;

export interface LifecycleSettings {
  readonly holdMs: number;
  readonly keepFiringForMs: number;
}

/** The alerts after an evaluation at `timeMs` that found `elements`. */
export function advanceAlerts(
  before: TrackedAlerts,
  elements: ReadonlyMap<string, AlertElement>,
  timeMs: number,
  settings: LifecycleSettings,
): TrackedAlerts {
  const after = new Map<string, TrackedAlert>();
  for (const [key, alert] of before) {
    const known = upTo(timeMs, alert);
    const next = elements.has(key) ? known : withoutElement(known, timeMs, settings);
    if (next !== null) after.set(key, next);
  }
  for (const [key, element] of elements) after.set(key, withElement(after.get(key), element, timeMs, settings));
  return after;
}

/**
 * No time of an alert is ahead of a clock that was set back: `for` and `keep_firing_for` would be waited for until the clock has
 * caught up, an end to come would be told as one at each evaluation and taken as none, and an alert that ends could end before it began.
 * When it was last told stays as it is: a time to come says that it is to be told anew, see `needsSending`.
 */
function upTo(timeMs: number, alert: TrackedAlert): TrackedAlert {
  const { activeAtMs, firedAtMs, resolvedAtMs, keepFiringSinceMs } = alert;
  const latestMs = Math.max(activeAtMs, firedAtMs ?? 0, resolvedAtMs ?? 0, keepFiringSinceMs ?? 0);
  if (latestMs <= timeMs) return alert;
  const bounded = (atMs: number | null): number | null => (atMs === null ? null : Math.min(atMs, timeMs));
  return {
    ...alert,
    activeAtMs: Math.min(activeAtMs, timeMs),
    firedAtMs: bounded(firedAtMs),
    resolvedAtMs: bounded(resolvedAtMs),
    keepFiringSinceMs: bounded(keepFiringSinceMs),
  };
}

/** An alert that is active keeps its labels and times; what its element says now is its value and its annotations. */
function withElement(
  known: TrackedAlert | undefined,
  element: AlertElement,
  timeMs: number,
  { holdMs }: LifecycleSettings,
): TrackedAlert {
  const alert: TrackedAlert =
    known === undefined || known.state === "inactive"
      ? {
          ...element,
          state: "pending",
          activeAtMs: timeMs,
          firedAtMs: null,
          resolvedAtMs: null,
          keepFiringSinceMs: null,
          lastSentMs: null,
        }
      : {
          ...known,
          value: element.value,
          annotations: element.annotations,
          keepFiringSinceMs: null,
        };
  const fires = alert.state === "pending" && timeMs - alert.activeAtMs >= holdMs;
  return fires ? { ...alert, state: "firing", firedAtMs: timeMs } : alert;
}

/** `null`: nothing is left to be told of it. */
function withoutElement(alert: TrackedAlert, timeMs: number, { keepFiringForMs }: LifecycleSettings): TrackedAlert | null {
  switch (alert.state) {
    case "pending":
      return null;
    case "inactive":
      return timeMs - (alert.resolvedAtMs ?? timeMs) > resolvedRetentionMs ? null : alert;
    case "firing": {
      const keepFiringSinceMs = alert.keepFiringSinceMs ?? timeMs;
      if (timeMs - keepFiringSinceMs < keepFiringForMs) return { ...alert, keepFiringSinceMs };
      return { ...alert, state: "inactive", resolvedAtMs: timeMs };
    }
  }
}

/**
 * Whether receivers are to be told of it now: when it fires and when it is resolved, and again whenever `resendDelayMs` have passed.
 * Source: the alert generator specification of prometheus/compliance; Prometheus itself lets an evaluation more go by where the delay
 * is a multiple of the interval.
 */
export function needsSending(alert: TrackedAlert, timeMs: number, resendDelayMs: number): boolean {
  if (alert.state === "pending") return false;
  const { lastSentMs, resolvedAtMs } = alert;
  if (resolvedAtMs !== null && timeMs - resolvedAtMs >= resolvedRetentionMs) return false;
  if (lastSentMs === null || (resolvedAtMs !== null && resolvedAtMs > lastSentMs)) return true;
  // A time to come is one from before the clock was set back.
  return timeMs < lastSentMs || timeMs - lastSentMs >= resendDelayMs;
}

/**
 * Since when an alert counts as active after a restart, given that it was active up to `downAtMs`: the time in between does not count,
 * and the alert has at least `gracePeriodMs` to show that it is still true.
 * Source: Prometheus rules/group.go, RestoreForState.
 */
export function restoredActiveAtMs(options: {
  readonly activeAtMs: number;
  readonly downAtMs: number;
  readonly nowMs: number;
  readonly holdMs: number;
  readonly gracePeriodMs: number;
}): number {
  const { activeAtMs, downAtMs, nowMs, holdMs, gracePeriodMs } = options;
  const remainingMs = holdMs - (downAtMs - activeAtMs);
  // It fired already: the next evaluation lets it fire again, where it is still true.
  if (remainingMs <= 0) return activeAtMs;
  if (remainingMs < gracePeriodMs) return nowMs + gracePeriodMs - holdMs;
  return activeAtMs + (nowMs - downAtMs);
}
