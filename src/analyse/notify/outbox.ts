/**
 * What waits for one receiver of alerts. An Alertmanager wants to be told again and again, and remembers (`alertmanager-outbox.ts`);
 * a webhook wants to hear only what has changed (`webhook-outbox.ts`). `delivery.ts` sends what either gives.
 */
import type { Alert } from "../../core/alert.ts";

/** `postponed`: nobody answered, or the receiver was out of order; `refused`: it will say no to the same message again. */
export type Outcome = "delivered" | "refused" | "postponed";

export interface Message {
  /** As JSON, the body of a POST. */
  readonly body: unknown;
  readonly alerts: number;
  /** What became of it. A postponed message's alerts wait on, where newer ones have not taken their place meanwhile. */
  settle(outcome: Outcome, nowMs: number): void;
}

export interface Outbox {
  /** None at all: every rule that was due has spoken, see `RuleManager.run`. */
  put(alerts: readonly Alert[], nowMs: number): void;
  /** The next message, or `null` where there is nothing to tell. What is no longer true is not told. */
  take(nowMs: number): Message | null;
  /** Alerts that are waiting. */
  waiting(): number;
  /** Alerts given up so far: for lack of room, or because their time was over before the receiver took them. */
  dropped(): number;
}

/** Alerts that an outbox holds. Source: the queue capacity of Prometheus's notifier, `--alertmanager.notification-queue-capacity`. */
export const outboxAlertsMax = 10_000;

/** Whether an alert is known not to be firing any more: resolved, or not heard of for longer than it holds. */
export function isOver({ endsAtMs, validUntilMs }: Alert, nowMs: number): boolean {
  return (endsAtMs ?? validUntilMs) <= nowMs;
}
