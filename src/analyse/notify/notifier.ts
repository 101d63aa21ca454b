/**
 * Tells the world of alerts: every Alertmanager and every webhook gets all of them, each at its own pace, so that a receiver that
 * hangs keeps no other one waiting. It lives in the analyse thread, beside the rules.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Alert, AlertSink } from "../../core/alert.ts";
import type { Clock } from "../../core/clock.ts";
import type { Labels } from "../../core/labels.ts";
import type { Logger } from "../../core/logger.ts";
import { type HttpOptions, httpPost } from "../../io/http-get.ts";
import { readSecretFile } from "../../io/secret-file.ts";
import { createAlertmanagerOutbox } from "./alertmanager-outbox.ts";
import { createDelivery, type Delivery, type DeliveryOptions, type DeliveryStats } from "./delivery.ts";
import type { Outbox } from "./outbox.ts";
import { createWebhookOutbox, type WebhookOutbox } from "./webhook-outbox.ts";

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

/** Who is told, and what the configuration says of all alerts. */
export interface NotifierSettings {
  /** Base addresses: `/api/v2/alerts` is appended. */
  readonly alertmanagers: readonly ReceiverOptions[];
  readonly webhooks: readonly WebhookOptions[];
  /** Added to every alert, where it has no such label itself. */
  readonly externalLabels: Labels;
  /** Where people reach this server. */
  readonly externalUrl: string;
}

export interface NotifierOptions extends NotifierSettings {
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
  /**
   * Goes on with other settings. A receiver that is not touched by the change notices nothing; one whose address stays goes on with
   * what it was told and what waits for it, so that an alert that ends is told as resolved. Resolves once the deliveries that are gone
   * have been closed; alerts that are told before are for the others alone. Throws as `createNotifier` does.
   */
  reconfigure(settings: NotifierSettings): Promise<void>;
  /** Waits at most 5 s for what is on its way; later alerts are not taken. */
  close(): Promise<void>;
  stats(): NotifierStats;
}

/** A receiver as the settings have it. */
type Planned =
  | { readonly kind: "Alertmanager"; readonly url: URL; readonly receiver: ReceiverOptions }
  | { readonly kind: "webhook"; readonly url: URL; readonly receiver: WebhookOptions; readonly externalUrl: string };

/** A planned receiver with what waits for it; the outbox is of the same kind. */
type Held =
  | { readonly kind: "Alertmanager"; readonly outbox: Outbox }
  | { readonly kind: "webhook"; readonly outbox: WebhookOutbox };

interface Running {
  readonly planned: Planned;
  readonly held: Held;
  readonly delivery: Delivery;
}

/** Throws `TypeError` where an address is none: the configuration has checked them. */
export function createNotifier(options: NotifierOptions): Notifier {
  const { clock, logger, post = httpPost, wait = pause } = options;

  const open = (planned: Planned, before?: Held): Running => {
    const { kind, url, receiver } = planned;
    // Webhooks have secrets in their paths.
    const name = `${kind} ${url.origin}`;
    const send: DeliveryOptions["post"] = async (body, signal) =>
      post(url, body, { ...(await requestOptions(receiver)), name, signal });
    const held = heldBy(planned, before);
    const delivery = createDelivery({
      name,
      outbox: held.outbox,
      post: send,
      clock,
      wait,
      logger: logger.child({ receiver: name }),
    });
    return { planned, held, delivery };
  };
  let { externalLabels } = options;
  let running: readonly Running[] = plan(options).map((planned) => open(planned));

  return {
    notify(alerts) {
      const labelled = alerts.map((alert): Alert => ({ ...alert, labels: { ...externalLabels, ...alert.labels } }));
      for (const { delivery } of running) delivery.put(labelled);
    },
    async reconfigure(settings) {
      const left = [...running];
      const take = (fits: (one: Running) => boolean): Running | undefined => {
        const index = left.findIndex(fits);
        return index < 0 ? undefined : left.splice(index, 1)[0];
      };
      const next = plan(settings).map((planned) => {
        return { planned, kept: take((one) => isDeepStrictEqual(one.planned, planned)) };
      });
      // An outbox is one delivery's at a time.
      await Promise.all(left.map(({ delivery }) => delivery.close(drainMs)));
      running = next.map(({ planned, kept }) => {
        return kept ?? open(planned, take((one) => isSameReceiver(one.planned, planned))?.held);
      });
      ({ externalLabels } = settings);
    },
    stats: () => ({ receivers: running.map(({ delivery }) => delivery.stats()) }),
    close: async () => {
      await Promise.all(running.map(({ delivery }) => delivery.close(drainMs)));
    },
  };
}

function plan({ alertmanagers, webhooks, externalUrl }: NotifierSettings): readonly Planned[] {
  return [
    ...alertmanagers.map((receiver): Planned => ({ kind: "Alertmanager", url: alertsUrl(receiver.url), receiver })),
    ...webhooks.map((receiver): Planned => ({ kind: "webhook", url: new URL(receiver.url), receiver, externalUrl })),
  ];
}

function isSameReceiver(a: Planned, b: Planned): boolean {
  return a.kind === b.kind && a.url.href === b.url.href;
}

/** What waits for a receiver: what waited for the one before it, or nothing yet. */
function heldBy(planned: Planned, before: Held | undefined): Held {
  if (planned.kind === "Alertmanager") {
    return before?.kind === planned.kind ? before : { kind: planned.kind, outbox: createAlertmanagerOutbox() };
  }
  const { name = "webhook", repeatMs = webhookRepeatMs } = planned.receiver;
  const webhook = { receiver: name, externalUrl: planned.externalUrl, repeatMs };
  const outbox = before?.kind === planned.kind ? before.outbox.successor(webhook) : createWebhookOutbox(webhook);
  return { kind: planned.kind, outbox };
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
