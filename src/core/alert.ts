/** Alerts as they leave the rules: what notifications, lists and badges are made of. */
import type { Labels } from "./labels.ts";

/** An alert as notifications carry it. */
export interface Alert {
  /** With `alertname`. */
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAtMs: number;
  /** When it was resolved; `null` while it fires. */
  readonly endsAtMs: number | null;
  /**
   * Until when a firing alert holds without being told again: evaluation time + 4 × max(the group's interval, the resend delay), so
   * that receivers outlast three lost messages. Source: prometheus/rules/alerting.go `sendAlerts`.
   */
  readonly validUntilMs: number;
  /** Where its expression can be looked at. */
  readonly generatorUrl: string;
}

/** Takes the alerts of one evaluation that are due to be told (firing, re-sent, or resolved). Never throws; counts what it cannot deliver. */
export interface AlertSink {
  notify(alerts: readonly Alert[]): void;
}
