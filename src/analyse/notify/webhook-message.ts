/** The message that a webhook gets, in the format that receivers know from Alertmanager: alertmanager/notify/webhook/webhook.go, version 4. */
import type { Alert } from "../../core/alert.ts";
import type { Labels } from "../../core/labels.ts";
import { fingerprintOf } from "./fingerprint.ts";

/** Alerts in one message; `truncatedAlerts` counts the rest. */
const messageAlertsMax = 100;

/** How Go writes the time that is none; receivers compare with it. */
const noTime = "0001-01-01T00:00:00Z";

export interface WebhookMessageOptions {
  /** Name of the receiver. */
  readonly receiver: string;
  /** What the alerts have in common by the way they were grouped. */
  readonly groupLabels: Labels;
  readonly externalUrl: string;
}

/** The message about the alerts of one group, at least one. It is `firing` while one of them is. */
export function webhookMessage(
  alerts: readonly Alert[],
  { receiver, groupLabels, externalUrl }: WebhookMessageOptions,
): unknown {
  const inner = Object.entries(groupLabels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return {
    version: "4",
    // The part before the colon is the route, and there is one.
    groupKey: `{}:{${inner.join(", ")}}`,
    truncatedAlerts: Math.max(0, alerts.length - messageAlertsMax),
    status: alerts.some(({ endsAtMs }) => endsAtMs === null) ? "firing" : "resolved",
    receiver,
    groupLabels,
    commonLabels: commonOf(alerts.map(({ labels }) => labels)),
    commonAnnotations: commonOf(alerts.map(({ annotations }) => annotations)),
    externalURL: externalUrl,
    alerts: alerts.slice(0, messageAlertsMax).map(messageAlert),
  };
}

function messageAlert({ labels, annotations, startsAtMs, endsAtMs, generatorUrl }: Alert): unknown {
  return {
    status: endsAtMs === null ? "firing" : "resolved",
    labels,
    annotations,
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: endsAtMs === null ? noTime : new Date(endsAtMs).toISOString(),
    generatorURL: generatorUrl,
    fingerprint: fingerprintOf(labels),
  };
}

/** The pairs that all sets have. */
function commonOf(sets: readonly Labels[]): Labels {
  const [first = {}, ...rest] = sets;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => rest.every((set) => Object.hasOwn(set, name) && set[name] === value)),
  );
}
