/**
 * What waits for one Alertmanager: the newest state of each alert. The rules tell firing alerts again and again, because an
 * Alertmanager takes an alert as resolved that it does not hear of; a state that has become old while waiting is replaced.
 */
import type { Alert } from "../../core/alert.ts";
import { labelsKey } from "../../core/labels.ts";
import { isOver, type Message, type Outbox, outboxAlertsMax } from "./outbox.ts";

/** Alerts in one request. Source: prometheus/notifier/notifier.go `maxBatchSize`. */
const batchAlertsMax = 64;

/** How long it is worth telling that an alert is resolved. Source: prometheus/rules/alerting.go `resolvedRetention`. */
const resolvedMs = 15 * 60_000;

export function createAlertmanagerOutbox(): Outbox {
  const newest = new Map<string, Alert>();
  let dropped = 0;

  function drop(key: string): void {
    newest.delete(key);
    dropped++;
  }

  return {
    put(alerts) {
      for (const alert of alerts) newest.set(labelsKey(alert.labels), alert);
      for (const key of newest.keys()) {
        if (newest.size <= outboxAlertsMax) break;
        drop(key);
      }
    },
    take(nowMs): Message | null {
      for (const [key, alert] of newest) if (isTooLate(alert, nowMs)) drop(key);
      const batch = [...newest].slice(0, batchAlertsMax);
      if (batch.length === 0) return null;
      return {
        body: batch.map(([, alert]) => postableAlert(alert)),
        alerts: batch.length,
        settle(outcome) {
          if (outcome === "postponed") return;
          for (const [key, alert] of batch) if (newest.get(key) === alert) newest.delete(key);
        },
      };
    },
    waiting: () => newest.size,
    dropped: () => dropped,
  };
}

/** A firing alert whose time is over would be taken as resolved. */
function isTooLate(alert: Alert, nowMs: number): boolean {
  return alert.endsAtMs === null ? isOver(alert, nowMs) : alert.endsAtMs + resolvedMs <= nowMs;
}

/** `PostableAlert` of alertmanager/api/v2/openapi.yaml. */
function postableAlert({ labels, annotations, startsAtMs, endsAtMs, validUntilMs, generatorUrl }: Alert): unknown {
  return {
    labels,
    annotations,
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: new Date(endsAtMs ?? validUntilMs).toISOString(),
    generatorURL: generatorUrl,
  };
}
