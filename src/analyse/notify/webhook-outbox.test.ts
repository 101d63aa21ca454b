import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Alert } from "../../core/alert.ts";
import type { Labels } from "../../core/labels.ts";
import { type Outbox, type Outcome, outboxAlertsMax } from "./outbox.ts";
import { createWebhookOutbox } from "./webhook-outbox.ts";

interface Body {
  readonly status: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Labels }[];
}

function createOutbox(): Outbox {
  return createWebhookOutbox({ receiver: "chat", externalUrl: "http://node-1/", repeatMs: 100_000 });
}

function alertOf(id: string, more: Partial<Alert> = {}): Alert {
  const labels = { alertname: "A", id };
  return { labels, annotations: {}, startsAtMs: 0, endsAtMs: null, validUntilMs: 1e9, generatorUrl: "", ...more };
}

/** All messages that are due, as `status: id, id!` with `!` for the resolved; each has this outcome. */
function told(outbox: Outbox, nowMs: number, outcome: Outcome = "delivered"): readonly string[] {
  const lines: string[] = [];
  for (let message = outbox.take(nowMs); message !== null && lines.length < 5; message = outbox.take(nowMs)) {
    // The message that this outbox has made.
    const { status, alerts } = message.body as Body;
    lines.push(
      `${status}: ${alerts.map((alert) => `${alert.labels["id"]}${alert.status === "firing" ? "" : "!"}`).join(", ")}`,
    );
    message.settle(outcome, nowMs);
    if (outcome === "postponed") break;
  }
  return lines;
}

// If these fail, a chat room is flooded with what it knows already, or never hears that all is well again.
describe("a webhook", () => {
  test("gets the message that receivers of Alertmanager's version 4 read", () => {
    const outbox = createOutbox();
    const annotations = { summary: "s" };
    outbox.put([alertOf("1", { annotations }), alertOf("2", { annotations: { ...annotations, action: "a" } })], 0);
    outbox.put([alertOf("1", { annotations, endsAtMs: 7000, generatorUrl: "http://node-1/graph" })], 0);
    assert.deepEqual(outbox.take(0)?.body, {
      version: "4",
      groupKey: '{}:{alertname="A"}',
      truncatedAlerts: 0,
      status: "firing",
      receiver: "chat",
      groupLabels: { alertname: "A" },
      commonLabels: { alertname: "A" },
      commonAnnotations: { summary: "s" },
      externalURL: "http://node-1/",
      alerts: [
        {
          status: "resolved",
          labels: { alertname: "A", id: "1" },
          annotations: { summary: "s" },
          startsAt: "1970-01-01T00:00:00.000Z",
          endsAt: "1970-01-01T00:00:07.000Z",
          generatorURL: "http://node-1/graph",
          fingerprint: "aae2f5221fef9e7f",
        },
        {
          status: "firing",
          labels: { alertname: "A", id: "2" },
          annotations: { summary: "s", action: "a" },
          startsAt: "1970-01-01T00:00:00.000Z",
          endsAt: "0001-01-01T00:00:00Z",
          generatorURL: "",
          fingerprint: "aae0f5221fef1ba8",
        },
      ],
    });
  });

  test("hears of each change once, with the whole group, and of what is resolved", () => {
    const outbox = createOutbox();
    outbox.put([alertOf("1")], 0);
    assert.deepEqual(told(outbox, 0), ["firing: 1"]);
    outbox.put([alertOf("1", { validUntilMs: 2e9 })], 10);
    assert.deepEqual(told(outbox, 10), []);
    outbox.put([alertOf("2")], 20);
    assert.deepEqual(told(outbox, 20), ["firing: 1, 2"]);
    outbox.put([alertOf("1", { endsAtMs: 30 })], 30);
    assert.deepEqual(told(outbox, 30), ["firing: 1!, 2"]);
    outbox.put([alertOf("2", { endsAtMs: 40 }), alertOf("1", { endsAtMs: 30 })], 40);
    assert.deepEqual(told(outbox, 40), ["resolved: 2!"]);
    outbox.put([alertOf("2", { endsAtMs: 40 })], 50);
    assert.deepEqual(told(outbox, 50), []);
    outbox.put([alertOf("2", { startsAtMs: 60 })], 60);
    assert.deepEqual(told(outbox, 60), ["firing: 2"]);
  });

  test("is reminded after the repeat time, and only of what fires", () => {
    const outbox = createOutbox();
    outbox.put([alertOf("1")], 0);
    told(outbox, 0);
    assert.deepEqual(told(outbox, 99_999), []);
    assert.deepEqual(told(outbox, 100_000), ["firing: 1"]);
    outbox.put([alertOf("1", { endsAtMs: 150_000 })], 150_000);
    told(outbox, 150_000);
    assert.deepEqual(told(outbox, 900_000), []);
  });

  test("hears that an alert has ended of which the rules no longer speak", () => {
    const outbox = createOutbox();
    outbox.put([alertOf("1", { validUntilMs: 1000 })], 0);
    assert.deepEqual(told(outbox, 999), ["firing: 1"]);
    outbox.put([], 1000);
    assert.deepEqual(told(outbox, 1000), ["resolved: 1!"]);
    assert.equal(outbox.waiting(), 0);
  });

  test("hears of no end after a suspend, while the rules speak one after the other", () => {
    const outbox = createOutbox();
    const [one, two] = [
      alertOf("1", { validUntilMs: 1000 }),
      alertOf("2", { labels: { alertname: "B", id: "2" }, validUntilMs: 1000 }),
    ];
    outbox.put([one, two], 0);
    assert.deepEqual(told(outbox, 0), ["firing: 1", "firing: 2"]);
    outbox.put([{ ...one, validUntilMs: 90_000 }], 60_000);
    assert.deepEqual(told(outbox, 60_000), []);
    outbox.put([{ ...two, validUntilMs: 90_000 }], 60_001);
    outbox.put([], 60_002);
    assert.deepEqual(told(outbox, 60_002), []);
  });

  test("that is away misses nothing that still matters, and one that refuses is left alone for five minutes", () => {
    const outbox = createOutbox();
    outbox.put([alertOf("1"), alertOf("2")], 0);
    assert.deepEqual(told(outbox, 0, "postponed"), ["firing: 1, 2"]);
    outbox.put([alertOf("1", { endsAtMs: 10 })], 10);
    assert.deepEqual(told(outbox, 10, "refused"), ["firing: 1!, 2"]);
    assert.deepEqual(told(outbox, 300_009), []);
    assert.deepEqual(told(outbox, 300_010), ["firing: 1!, 2"]);
  });

  test("hears as soon, and nothing twice, where the clock is set back", () => {
    const outbox = createOutbox();
    const hourMs = 3_600_000;
    outbox.put([alertOf("1", { startsAtMs: hourMs })], hourMs);
    assert.deepEqual(told(outbox, hourMs), ["firing: 1"]);
    outbox.put([alertOf("1", { startsAtMs: 0 })], 0);
    assert.deepEqual(told(outbox, 0), [], "it began before the clock was set back");
    assert.deepEqual(told(outbox, 100_000), ["firing: 1"], "the reminder comes after the repeat time");
    outbox.put([alertOf("2")], 2 * hourMs);
    assert.deepEqual(told(outbox, 2 * hourMs, "refused"), ["firing: 1, 2"]);
    assert.deepEqual(told(outbox, hourMs), []);
    assert.deepEqual(told(outbox, hourMs + 300_000), ["firing: 1, 2"], "the pause is five minutes");
  });

  test("change while a message is on its way is told in the next one", () => {
    const outbox = createOutbox();
    outbox.put([alertOf("1")], 0);
    const message = outbox.take(0);
    outbox.put([alertOf("1", { endsAtMs: 5 })], 5);
    message?.settle("delivered", 6);
    assert.deepEqual(told(outbox, 7), ["resolved: 1!"]);
  });

  test("holds a bounded number of alerts and shows a bounded number in a message", () => {
    const outbox = createOutbox();
    const alerts = Array.from({ length: outboxAlertsMax + 2 }, (_, index) => alertOf(`${index}`));
    outbox.put(alerts, 0);
    assert.deepEqual([outbox.waiting(), outbox.dropped()], [outboxAlertsMax, 2]);
    // The message that this outbox has made.
    const body = outbox.take(0)?.body as Body & { readonly truncatedAlerts: number };
    assert.deepEqual([body.alerts.length, body.truncatedAlerts], [100, outboxAlertsMax - 100]);
  });
});
