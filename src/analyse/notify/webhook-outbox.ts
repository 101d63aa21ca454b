/**
 * What waits for one webhook: groups of alerts with the same name, as an Alertmanager that groups by `alertname` would send them. A
 * group is told when an alert of it has begun, begun anew or ended, and again after `repeatMs` while one fires. What the rules say
 * again in between is no news.
 */
import type { Alert } from "../../core/alert.ts";
import { type Labels, labelsKey, labelValue } from "../../core/labels.ts";
import { isOver, type Message, type Outbox, outboxAlertsMax } from "./outbox.ts";
import { webhookMessage } from "./webhook-message.ts";

/** A group whose message was refused is told again after this time. Source: Alertmanager's default `group_interval`. */
const refusedPauseMs = 5 * 60_000;

export interface WebhookOutboxOptions {
  readonly receiver: string;
  readonly externalUrl: string;
  readonly repeatMs: number;
}

interface Group {
  readonly labels: Labels;
  readonly alerts: Map<string, Alert>;
  /** Counts news; what has been told is everything up to `toldRevision`, at `toldAtMs`. */
  revision: number;
  toldRevision: number;
  toldAtMs: number;
  notBeforeMs: number;
}

export interface WebhookOutbox extends Outbox {
  /** Goes on with what the webhook was told and is still to be told, in messages of other options. This one is not used any more. */
  successor(options: WebhookOutboxOptions): WebhookOutbox;
}

export function createWebhookOutbox(options: WebhookOutboxOptions): WebhookOutbox {
  return outboxOf(options, new Map());
}

/** By the groups' names. */
function outboxOf({ receiver, externalUrl, repeatMs }: WebhookOutboxOptions, groups: Map<string, Group>): WebhookOutbox {
  let dropped = 0;

  const held = (): number => [...groups.values()].reduce((sum, { alerts }) => sum + alerts.size, 0);

  function put(alert: Alert): void {
    const name = labelValue(alert.labels, "alertname");
    const key = labelsKey(alert.labels);
    const known = groups.get(name)?.alerts.get(key);
    // The rules go on telling for a while that an alert is resolved; that was told, or it never fired as far as the webhook knows.
    if (alert.endsAtMs !== null && (known === undefined || known.endsAtMs !== null)) return;
    if (known === undefined && held() >= outboxAlertsMax) {
      dropped++;
      return;
    }
    let group = groups.get(name);
    if (group === undefined) groups.set(name, (group = newGroup(name)));
    // Where the clock was set back, an alert that goes on begins earlier than it did; that is no news.
    const isNew = known === undefined || alert.startsAtMs > known.startsAtMs || alert.endsAtMs !== known.endsAtMs;
    if (isNew) group.revision++;
    group.alerts.set(key, alert);
  }

  function isDue(group: Group, nowMs: number): boolean {
    // A clock that was set back would reach either only much later.
    group.toldAtMs = Math.min(group.toldAtMs, nowMs);
    group.notBeforeMs = Math.min(group.notBeforeMs, nowMs + refusedPauseMs);
    if (nowMs < group.notBeforeMs) return false;
    return group.revision !== group.toldRevision || (nowMs - group.toldAtMs >= repeatMs && group.alerts.size > 0);
  }

  function messageOf(name: string, group: Group): Message {
    const told = [...group.alerts];
    const { revision } = group;
    const alerts = told.map(([, alert]) => alert);
    return {
      body: webhookMessage(alerts, { receiver, externalUrl, groupLabels: group.labels }),
      alerts: alerts.length,
      settle(outcome, nowMs) {
        if (outcome === "refused") group.notBeforeMs = nowMs + refusedPauseMs;
        if (outcome !== "delivered") return;
        group.toldRevision = revision;
        group.toldAtMs = nowMs;
        for (const [key, alert] of told) {
          if (alert.endsAtMs !== null && group.alerts.get(key) === alert) group.alerts.delete(key);
        }
        if (group.alerts.size === 0) groups.delete(name);
      },
    };
  }

  return {
    put(alerts, nowMs) {
      alerts.forEach(put);
      // All rules that were due have spoken. Any sooner, the first to speak after the machine slept would end the alerts of the others.
      if (alerts.length === 0) for (const group of groups.values()) endSilent(group, nowMs);
    },
    take(nowMs) {
      for (const [name, group] of groups) {
        if (isDue(group, nowMs)) return messageOf(name, group);
      }
      return null;
    },
    waiting: () =>
      [...groups.values()].reduce((sum, group) => sum + (group.revision === group.toldRevision ? 0 : group.alerts.size), 0),
    dropped: () => dropped,
    successor: (options) => outboxOf(options, groups),
  };
}

function newGroup(alertname: string): Group {
  const never = { revision: 0, toldRevision: 0, toldAtMs: -Infinity, notBeforeMs: -Infinity };
  return { labels: { alertname }, alerts: new Map(), ...never };
}

/** Alerts that the rules no longer speak of, because the rule was removed for instance, have ended when they stopped being valid. */
function endSilent(group: Group, nowMs: number): void {
  for (const [key, alert] of group.alerts) {
    if (alert.endsAtMs !== null || !isOver(alert, nowMs)) continue;
    group.alerts.set(key, { ...alert, endsAtMs: alert.validUntilMs });
    group.revision++;
  }
}
