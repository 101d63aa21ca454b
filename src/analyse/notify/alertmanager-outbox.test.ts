import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alert } from "../../core/alert.ts";
import { createAlertmanagerOutbox } from "./alertmanager-outbox.ts";
import { outboxAlertsMax } from "./outbox.ts";

// If these fail, a long outage of an Alertmanager eats the memory of the node that is watched, or the newest alerts are lost in it.

function alertOf(id: string, more: Partial<Alert> = {}): Alert {
  const labels = { alertname: "A", id };
  return { labels, annotations: {}, startsAtMs: 0, endsAtMs: null, validUntilMs: 1e9, generatorUrl: "", ...more };
}

test("at the bound the oldest alerts give way, and are counted", () => {
  const outbox = createAlertmanagerOutbox();
  outbox.put(
    Array.from({ length: outboxAlertsMax + 3 }, (_, index) => alertOf(`${index}`)),
    0,
  );
  assert.deepEqual([outbox.waiting(), outbox.dropped()], [outboxAlertsMax, 3]);
  const message = outbox.take(0);
  assert.equal(message?.alerts, 64);
  // Messages are JSON; this is the first alert of this one.
  assert.deepEqual((message.body as { labels: unknown }[])[0]?.labels, { alertname: "A", id: "3" });
});

test("what was put while a message was on its way is not taken for delivered", () => {
  const outbox = createAlertmanagerOutbox();
  outbox.put([alertOf("a"), alertOf("b")], 0);
  const message = outbox.take(0);
  outbox.put([alertOf("b", { endsAtMs: 5 })], 0);
  message?.settle("delivered", 0);
  assert.equal(outbox.waiting(), 1);
  assert.equal(outbox.take(6)?.alerts, 1);
});

test("that an alert is resolved is worth telling for a quarter of an hour", () => {
  const outbox = createAlertmanagerOutbox();
  outbox.put([alertOf("a", { endsAtMs: 1000 })], 0);
  assert.equal(outbox.take(900_999)?.alerts, 1);
  assert.equal(outbox.take(901_000), null);
  assert.equal(outbox.dropped(), 1);
});
