/** The alerts of one rule from evaluation to evaluation: what is stored of them, who is to be told, and their state after a restart. */
import { type Labels, labelsKey, metricNameLabel } from "../../core/labels.ts";
import type { ActiveAlert, AlertState } from "../../core/rule.ts";
import type { VectorSample } from "../../query/api.ts";
import {
  advanceAlerts,
  type AlertElement,
  needsSending,
  restoredActiveAtMs,
  type TrackedAlert,
  type TrackedAlerts,
} from "./alert-lifecycle.ts";
import { alertSamples } from "./alert-series.ts";
import type { AlertingDefinition } from "./rule-definition.ts";
import type { RuleSample } from "./rule-storage.ts";

/** An alert whose `for` is shorter has its state after a restart soon enough. Source: Prometheus cmd/prometheus, rules.alert.for-grace-period. */
const gracePeriodMs = 10 * 60_000;

export class AlertTracker {
  #alerts: TrackedAlerts;
  /** Until its state is restored, the alert's series are not written: they would be taken for its state. */
  #restored: boolean;

  /** `before`: of the same rule, before the rule files were read anew. */
  constructor(restored: boolean, before?: AlertTracker) {
    this.#alerts = before === undefined ? new Map() : before.#alerts;
    this.#restored = before === undefined ? restored : before.#restored;
  }

  /** Takes over what an evaluation at `timeMs` found. Returns how many alerts are pending or firing. */
  advance(elements: ReadonlyMap<string, AlertElement>, timeMs: number, rule: AlertingDefinition): number {
    this.#alerts = advanceAlerts(this.#alerts, elements, timeMs, rule);
    return this.#active().length;
  }

  /** There are more alerts than the group's limit: none of them counts. */
  clear(): void {
    this.#alerts = new Map();
  }

  samples(timestampMs: number): readonly RuleSample[] {
    return this.#restored ? this.#active().flatMap((alert) => alertSamples(alert, timestampMs)) : [];
  }

  /** Alerts that are to be told now; they count as told. */
  takeDue(timeMs: number, resendDelayMs: number): readonly TrackedAlert[] {
    const due = [...this.#alerts].filter(([, alert]) => needsSending(alert, timeMs, resendDelayMs));
    if (due.length > 0) {
      const told = due.map(([key, alert]) => [key, { ...alert, lastSentMs: timeMs }] as const);
      this.#alerts = new Map([...this.#alerts, ...told]);
    }
    return due.map(([, alert]) => alert);
  }

  /** Goes on where the series written before a restart left off. `since`: the newest of them, seconds since the epoch as values. */
  restore(since: readonly VectorSample[], nowMs: number, { holdMs }: AlertingDefinition): void {
    this.#restored = true;
    if (holdMs < gracePeriodMs) return;
    const byKey = new Map(since.map((sample) => [keyOf(sample.labels), sample]));
    this.#alerts = new Map(
      Array.from(this.#alerts, ([key, alert]) => {
        const sample = byKey.get(key);
        if (sample === undefined) return [key, alert];
        const [activeAtMs, downAtMs] = [sample.value * 1000, sample.timestampMs];
        return [key, { ...alert, activeAtMs: restoredActiveAtMs({ activeAtMs, downAtMs, nowMs, holdMs, gracePeriodMs }) }];
      }),
    );
  }

  get restored(): boolean {
    return this.#restored;
  }

  /** Of the worst alert. */
  get state(): AlertState {
    const states = new Set(this.#active().map(({ state }) => state));
    return states.has("firing") ? "firing" : states.has("pending") ? "pending" : "inactive";
  }

  status(): readonly ActiveAlert[] {
    return this.#active().map(({ labels, annotations, state, activeAtMs, keepFiringSinceMs, value }) => {
      return { labels, annotations, state, activeAtMs, keepFiringSinceMs, value };
    });
  }

  /** Those that have fired, and have not been forgotten since. */
  fired(): readonly TrackedAlert[] {
    return [...this.#alerts.values()].filter(({ firedAtMs }) => firedAtMs !== null);
  }

  #active(): readonly ActiveTracked[] {
    return [...this.#alerts.values()].filter(isActive);
  }
}

type ActiveTracked = TrackedAlert & { readonly state: "pending" | "firing" };

function isActive(alert: TrackedAlert): alert is ActiveTracked {
  return alert.state !== "inactive";
}

function keyOf({ [metricNameLabel]: _, ...labels }: Labels): string {
  return labelsKey(labels);
}
