/**
 * Tells the world of alerts: every Alertmanager and every webhook gets all of them, each at its own pace, so that a receiver that
 * hangs keeps no other one waiting. It lives in the analyse thread, beside the rules.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Alert, AlertSink } from "../../core/alert.ts";
import type { Clock } from "../../core/clock.ts";
import type { Labels } from "../../core/labels.ts";
import type { Logger } from "../../core/logger.ts";
import { type HttpOptions, httpPost } from "../../io/http-get.ts";
import { readSecretFile } from "../../io/secret-file.ts";
import { createAlertmanagerOutbox } from "./alertmanager-outbox.ts";
import { createDelivery, type DeliveryOptions, type DeliveryStats } from "./delivery.ts";
import type { Outbox } from "./outbox.ts";
import { createWebhookOutbox } from "./webhook-outbox.ts";

/** For a request. Source: the default of Prometheus's `alertmanager_config.timeout`. */
const requestTimeoutMs = 10_000;
/** Of an answer only the first words are used. */
const answerBytesMax = 1_048_576;
/** How long `close` tries to deliver what waits; a stop of the server waits for it. */
const drainMs = 5000;
/** Source: Alertmanager's default `repeat_interval`. */
const webhookRepeatMs = 4 * 3_600_000;

/** Where to post alerts, and as whom. */
export interface ReceiverOptions {
  readonly url: string;
  /** For the whole request. Default: 10 s. */
  readonly timeoutMs?: number | undefined;
  /** Files are read for each request: a secret can be changed without a restart. */
  readonly bearerTokenFile?: string | undefined;
  readonly basicAuth?: { readonly username: string; readonly passwordFile: string } | undefined;
  /** PEM file with the receiver's certificate, where no authority that the system knows has signed it. */
  readonly certificateFile?: string | undefined;
}

export interface WebhookOptions extends ReceiverOptions {
  /** `receiver` in messages. Default: `webhook`. */
  readonly name?: string | undefined;
  /** After this time a group that goes on firing is told again. Default: 4 h. */
  readonly repeatMs?: number | undefined;
}

export interface NotifierOptions {
  /** Base addresses: `/api/v2/alerts` is appended. */
  readonly alertmanagers: readonly ReceiverOptions[];
  readonly webhooks: readonly WebhookOptions[];
  /** Added to every alert, where it has no such label itself. */
  readonly externalLabels: Labels;
  /** Where people reach this server. */
  readonly externalUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The HTTP client and the pauses between tries; others in tests. */
  readonly post?: typeof httpPost;
  readonly wait?: DeliveryOptions["wait"];
}

export interface NotifierStats {
  readonly receivers: readonly DeliveryStats[];
}

export interface Notifier extends AlertSink {
  /** Waits at most 5 s for what is on its way; later alerts are not taken. */
  close(): Promise<void>;
  stats(): NotifierStats;
}

/** Throws `TypeError` where an address is none: the configuration has checked them. */
export function createNotifier(options: NotifierOptions): Notifier {
  const { clock, logger, externalLabels, externalUrl, post = httpPost, wait = pause } = options;

  const deliveryTo = (kind: string, url: URL, receiver: ReceiverOptions, outbox: Outbox) => {
    // Webhooks have secrets in their paths.
    const name = `${kind} ${url.origin}`;
    const send: DeliveryOptions["post"] = async (body, signal) =>
      post(url, body, { ...(await requestOptions(receiver)), name, signal });
    return createDelivery({ name, outbox, post: send, clock, wait, logger: logger.child({ receiver: name }) });
  };
  const deliveries = [
    ...options.alertmanagers.map((receiver) =>
      deliveryTo("Alertmanager", alertsUrl(receiver.url), receiver, createAlertmanagerOutbox()),
    ),
    ...options.webhooks.map((webhook) => {
      const { name = "webhook", repeatMs = webhookRepeatMs } = webhook;
      const outbox = createWebhookOutbox({ receiver: name, externalUrl, repeatMs });
      return deliveryTo("webhook", new URL(webhook.url), webhook, outbox);
    }),
  ];

  return {
    notify(alerts) {
      const labelled = alerts.map((alert): Alert => ({ ...alert, labels: { ...externalLabels, ...alert.labels } }));
      for (const delivery of deliveries) delivery.put(labelled);
    },
    stats: () => ({ receivers: deliveries.map((delivery) => delivery.stats()) }),
    close: async () => {
      await Promise.all(deliveries.map((delivery) => delivery.close(drainMs)));
    },
  };
}

/** The place of `POST /api/v2/alerts` below an Alertmanager's address, which may have a path of its own. */
function alertsUrl(base: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/api/v2/alerts`;
  return url;
}

async function requestOptions(receiver: ReceiverOptions): Promise<HttpOptions> {
  const { timeoutMs = requestTimeoutMs, bearerTokenFile, basicAuth, certificateFile } = receiver;
  return {
    timeoutMs,
    bytesMax: answerBytesMax,
    certificateFile,
    token: bearerTokenFile === undefined ? undefined : await readSecretFile(bearerTokenFile),
    basicAuth:
      basicAuth === undefined
        ? undefined
        : { username: basicAuth.username, password: await readSecretFile(basicAuth.passwordFile) },
    fix: "Compare the address and the credentials in the configuration's `alerts` section with the receiver's.",
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal, ref: false });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
