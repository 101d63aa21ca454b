/**
 * A real Alertmanager takes our alerts, groups them, calls a webhook and takes them as resolved; and our own webhook tells the same
 * in the same words.
 */
import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { type Running, startPeer } from "../../bench/support/running.ts";
import { createNotifier } from "../../src/analyse/notify/notifier.ts";
import { type Receiver, startReceiver } from "../../src/analyse/notify/receiver.test-support.ts";
import type { Alert } from "../../src/core/alert.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { Logger } from "../../src/core/logger.ts";
import { startChainPulse } from "../browser/support/server.ts";

const externalUrl = "http://node-1.example:9797/";

const messageSchema = z.strictObject({
  version: z.literal("4"),
  receiver: z.string(),
  status: z.enum(["firing", "resolved"]),
  groupKey: z.string(),
  truncatedAlerts: z.int(),
  groupLabels: z.record(z.string(), z.string()),
  commonLabels: z.record(z.string(), z.string()),
  commonAnnotations: z.record(z.string(), z.string()),
  externalURL: z.string(),
  alerts: z.array(
    z.strictObject({
      status: z.enum(["firing", "resolved"]),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
      startsAt: z.iso.datetime().transform(Date.parse),
      endsAt: z.iso.datetime().transform(Date.parse),
      generatorURL: z.string(),
      fingerprint: z.string(),
    }),
  ),
});

const groupsSchema = z.array(
  z.object({
    labels: z.object({ alertname: z.string() }),
    alerts: z.array(z.object({ labels: z.object({ disk: z.string() }) })),
  }),
);

/** The newest message of each group, by its key, with its alerts in an order of ours. */
function newestMessages({ requests }: Receiver) {
  const messages = requests.map(({ body }) => messageSchema.parse(body));
  const sorted = messages.map((message) => ({
    ...message,
    alerts: message.alerts.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
    externalURL: "",
  }));
  return Object.fromEntries(sorted.map((message) => [message.groupKey, message]));
}

/** Without a cluster, with groups by name that are told at once. */
function startAlertmanager(directory: string, webhook: string): Promise<Running> {
  const config = join(directory, "alertmanager.yml");
  const route = "{ receiver: chat, group_by: [alertname], group_wait: 100ms, group_interval: 100ms, repeat_interval: 1h }";
  writeFileSync(config, `route: ${route}\nreceivers: [{ name: chat, webhook_configs: [{ url: ${webhook} }] }]\n`);
  const args = [`--config.file=${config}`, `--storage.path=${join(directory, "data")}`, "--cluster.listen-address="];
  return startPeer("prometheus-alertmanager", (port) => [...args, `--web.listen-address=127.0.0.1:${port}`], "/-/ready");
}

const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message, fields) => assert.fail(`${message} ${JSON.stringify(fields)}`),
  error: (message, fields) => assert.fail(`${message} ${JSON.stringify(fields)}`),
  child: () => quiet,
};

describe("a real Alertmanager", () => {
  // If this fails, operators who have an Alertmanager get no alert of ours, or never hear that it is over.
  it("receives, groups and resolves our alerts, and its webhook says what ours says", async () => {
    await using called = await startReceiver();
    await using direct = await startReceiver();
    using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-alertmanager-"));
    await using peer = await startAlertmanager(directory.path, called.url);
    const notifier = createNotifier({
      alertmanagers: [{ url: peer.url }],
      webhooks: [{ url: direct.url, name: "chat" }],
      externalLabels: { node: "node-1" },
      externalUrl,
      clock: systemClock,
      logger: quiet,
    });
    const startsAtMs = Date.now() - 5000;
    const alertOf = (alertname: string, disk: string, more: Partial<Alert> = {}): Alert => ({
      labels: { alertname, disk },
      annotations: { summary: `${alertname} — "${disk}"` },
      startsAtMs,
      endsAtMs: null,
      validUntilMs: Date.now() + 60_000,
      generatorUrl: `${externalUrl}graph?g0.expr=up`,
      ...more,
    });

    // An Alertmanager keeps the latest end that it was told.
    const lapsing = alertOf("DiskSlow", "sda", { validUntilMs: Date.now() + 3000 });
    const firing = [alertOf("DiskFull", "sda"), alertOf("DiskFull", "sdb"), lapsing];
    notifier.notify(firing);
    await Promise.all([called.received(2), direct.received(2)]);
    assert.deepEqual(newestMessages(called), newestMessages(direct));
    const groups = groupsSchema.parse(await (await fetch(`${peer.url}/api/v2/alerts/groups`)).json());
    const disks = groups.map(({ labels, alerts }) => [labels.alertname, ...alerts.map(({ labels: { disk } }) => disk).sort()]);
    assert.deepEqual(disks.map(String).sort(), ["DiskFull,sda,sdb", "DiskSlow,sda"]);

    // Told again, as the rules do every minute: no news for anybody.
    notifier.notify(firing);
    // One is resolved, and one is never told of again and lapses.
    notifier.notify([alertOf("DiskFull", "sda", { endsAtMs: Date.now() })]);
    await called.received(4);
    notifier.notify([]);
    await Promise.all([called.received(4), direct.received(4)]);
    await notifier.close();
    assert.deepEqual(newestMessages(called), newestMessages(direct));
    const statuses = Object.values(newestMessages(direct)).map(({ alerts }) => alerts.map(({ status }) => status).sort());
    assert.deepEqual(statuses.map(String).sort(), ["firing,resolved", "resolved"]);
    const { receivers } = notifier.stats();
    assert.deepEqual(
      receivers.map(({ failures, dropped, waiting }) => [failures, dropped, waiting]),
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    );
    assert.equal(called.requests.length, 4);
  });

  // If this fails, the parts work and the whole does not: rules that fire in a running server reach nobody.
  it("hears of a rule of a running ChainPulse that fires and is resolved", async () => {
    await using called = await startReceiver();
    using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-alertmanager-"));
    await using peer = await startAlertmanager(directory.path, called.url);
    const rule = { alert: "Tide", expr: "vector(time() % 6) < 3", annotations: { summary: "at {{ $value }}" } };
    writeFileSync(join(directory.path, "rules.yml"), JSON.stringify({ groups: [{ name: "tides", rules: [rule] }] }));
    const alerts = {
      rule_files: [join(directory.path, "rules.yml")],
      evaluation_interval_ms: 1000,
      built_in: false,
      external_labels: { cluster: "test" },
      external_url: externalUrl,
      alertmanagers: [{ url: peer.url }],
    };
    const server = await startChainPulse({ config: JSON.stringify({ performance_monitoring: { alerts } }) });
    try {
      for (let count = 1; ; count++) {
        await called.received(count);
        const { status, alerts } = messageSchema.parse(called.requests[count - 1]?.body);
        assert.deepEqual(alerts[0]?.labels, { alertname: "Tide", cluster: "test" });
        assert.match(alerts[0].annotations["summary"] ?? "", /^at [0-2]/);
        assert.match(alerts[0].generatorURL, /^http:\/\/node-1\.example:9797\/graph\?g0\.expr=vector/);
        if (status === "resolved") break;
      }
    } finally {
      await server.stop();
    }
  });
});
