import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Alert } from "../../core/alert.ts";
import type { Logger } from "../../core/logger.ts";
import { createNotifier, type Notifier, type NotifierOptions, type NotifierSettings } from "./notifier.ts";
import { type Receiver, startReceiver } from "./receiver.test-support.ts";

const startMs = Date.UTC(2026, 10, 26, 3);
const holdMs = 240_000;

interface World {
  nowMs: number;
  /** Pauses that were made; each moves the clock. */
  readonly pausesMs: number[];
  readonly log: string[];
  notifier(options: Partial<NotifierOptions>): Notifier;
}

function createWorld(): World {
  const log: string[] = [];
  const line = (level: string) => (message: string, fields?: unknown) =>
    void log.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const logger: Logger = {
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    child: () => logger,
  };
  const world: World = {
    nowMs: startMs,
    pausesMs: [],
    log,
    notifier: (options) =>
      createNotifier({
        alertmanagers: [],
        webhooks: [],
        externalLabels: {},
        externalUrl: "http://node-1:9797/",
        clock: { nowMs: () => world.nowMs, monotonicMs: () => world.nowMs },
        logger,
        wait: (ms) => {
          world.pausesMs.push(ms);
          world.nowMs += ms;
          return Promise.resolve();
        },
        ...options,
      }),
  };
  return world;
}

function alertOf(world: World, labels: Record<string, string>, more: Partial<Alert> = {}): Alert {
  return {
    labels: { alertname: "DiskFull", ...labels },
    annotations: { summary: "The disk is full" },
    startsAtMs: startMs,
    endsAtMs: null,
    validUntilMs: world.nowMs + holdMs,
    generatorUrl: "http://node-1:9797/graph",
    ...more,
  };
}

/** The label `disk` of the alerts in each request, with `!` where the Alertmanager will take them as resolved now. */
function disksIn({ requests }: Receiver, nowMs: number): readonly string[] {
  return requests.map(({ body }) => {
    // What this test's notifier has sent.
    const alerts = body as { labels: Record<string, string>; endsAt: string }[];
    return alerts.map(({ labels, endsAt }) => `${labels["disk"]}${Date.parse(endsAt) <= nowMs ? "!" : ""}`).join(" ");
  });
}

// If these fail, operators are not told of a dead node, or are told of one that lives.
describe("an Alertmanager", () => {
  test("gets alerts in the form of its API, with the external labels, and as who we are", async () => {
    await using receiver = await startReceiver();
    using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-notify-"));
    const secretFile = join(directory.path, "secret");
    writeFileSync(secretFile, "s3cret\n");
    const world = createWorld();
    const notifier = world.notifier({
      alertmanagers: [
        { url: `${receiver.url}/alertmanager/`, bearerTokenFile: secretFile },
        { url: receiver.url, basicAuth: { username: "pulse", passwordFile: secretFile } },
      ],
      externalLabels: { node: "node-1", disk: "of the node" },
    });
    notifier.notify([alertOf(world, { disk: "sda" }), alertOf(world, { disk: "sdb" }, { endsAtMs: startMs + 5000 })]);
    await notifier.close();

    const common = {
      annotations: { summary: "The disk is full" },
      startsAt: "2026-11-26T03:00:00.000Z",
      generatorURL: "http://node-1:9797/graph",
    };
    const body = [
      { ...common, labels: { alertname: "DiskFull", node: "node-1", disk: "sda" }, endsAt: "2026-11-26T03:04:00.000Z" },
      { ...common, labels: { alertname: "DiskFull", node: "node-1", disk: "sdb" }, endsAt: "2026-11-26T03:00:05.000Z" },
    ];
    const requests = receiver.requests.map(({ path, headers, body }) => [path, headers.authorization, body]);
    assert.deepEqual(
      requests.toSorted((a, b) => (String(a) < String(b) ? -1 : 1)),
      [
        ["/alertmanager/api/v2/alerts", "Bearer s3cret", body],
        ["/api/v2/alerts", `Basic ${Buffer.from("pulse:s3cret").toString("base64")}`, body],
      ],
    );
    for (const stats of notifier.stats().receivers) {
      assert.deepEqual(
        { ...stats, name: "" },
        { name: "", delivered: 2, refused: 0, dropped: 0, waiting: 0, failures: 0, failing: null },
      );
    }
  });

  test("that is out of order is tried again with growing pauses, and gets the newest state of each alert", async () => {
    await using receiver = await startReceiver();
    receiver.answer(503, 500, 429);
    const world = createWorld();
    const notifier = world.notifier({ alertmanagers: [{ url: receiver.url }] });
    notifier.notify([alertOf(world, { disk: "sda" }), alertOf(world, { disk: "sdb" })]);
    await receiver.received(1);
    notifier.notify([alertOf(world, { disk: "sda" }, { endsAtMs: startMs + 1 })]);
    await receiver.received(4);
    await notifier.close();

    assert.deepEqual(world.pausesMs, [1000, 2000, 4000]);
    assert.deepEqual(disksIn(receiver, world.nowMs), ["sda sdb", "sda! sdb", "sda! sdb", "sda! sdb"]);
    assert.deepEqual(
      world.log.map((line) => line.replace(/:\d+/, "").slice(0, 70)),
      [
        'warn alerts do not reach Alertmanager http://127.0.0.1 {"problem":"HTT',
        'warn alerts do not reach Alertmanager http://127.0.0.1 {"problem":"HTT',
        'warn alerts do not reach Alertmanager http://127.0.0.1 {"problem":"HTT',
        "info alerts reach Alertmanager http://127.0.0.1 again undefined",
      ],
    );
  });

  test("never hears of a firing alert whose time is over, which it would take as resolved", async () => {
    await using receiver = await startReceiver();
    receiver.answer(...Array<number>(10).fill(502));
    const world = createWorld();
    const notifier = world.notifier({ alertmanagers: [{ url: receiver.url }] });
    notifier.notify([
      alertOf(world, { disk: "old" }),
      alertOf(world, { disk: "young" }, { validUntilMs: startMs + 10 * holdMs }),
      alertOf(world, { disk: "ended" }, { endsAtMs: startMs }),
    ]);
    await receiver.received(11);
    await notifier.close();
    // The pauses are 1, 2, 4, 8, 16, 32 and then 60 s: the tenth try is 243 s after the first.
    assert.deepEqual(disksIn(receiver, startMs).slice(-3), ["old young ended!", "young ended!", "young ended!"]);
    assert.equal(notifier.stats().receivers[0]?.dropped, 1);
  });

  test("that refuses is not asked the same again, and redirects are refusals", async () => {
    await using receiver = await startReceiver();
    receiver.answer(400, 302);
    const world = createWorld();
    const notifier = world.notifier({ alertmanagers: [{ url: receiver.url }] });
    notifier.notify(Array.from({ length: 130 }, (_, index) => alertOf(world, { disk: `d${index}` })));
    await notifier.close();
    const sizes = receiver.requests.map(({ body }) => (Array.isArray(body) ? body.length : 0));
    assert.deepEqual(sizes, [64, 64, 2]);
    const { name: _, ...stats } = notifier.stats().receivers[0] ?? {};
    assert.deepEqual(stats, { delivered: 2, refused: 128, dropped: 0, waiting: 0, failures: 2, failing: null });
    assert.deepEqual(world.pausesMs, []);
  });

  test("that hangs costs the others nothing, and holds up an end for no longer than its own time-out", async () => {
    await using hanging = await startReceiver();
    await using healthy = await startReceiver();
    hanging.answer(null, null);
    const world = createWorld();
    const receivers = [{ url: hanging.url, timeoutMs: 30 }, { url: healthy.url }];
    const notifier = world.notifier({ alertmanagers: receivers });
    notifier.notify([alertOf(world, { disk: "sda" })]);
    await healthy.received(1);
    await hanging.received(1);
    await notifier.close();
    notifier.notify([alertOf(world, { disk: "after the end" })]);
    assert.equal(healthy.requests.length, 1);
    const failing = notifier.stats().receivers.map((stats) => stats.failing?.replace(/:\d+/, ""));
    assert.deepEqual(failing, ["POST Alertmanager http://127.0.0.1: no answer within 30 ms", undefined]);
  });

  test("gets nothing while its secret cannot be read, and no secret is in the log", async () => {
    await using receiver = await startReceiver();
    receiver.answer(401);
    using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-notify-"));
    const secretFile = join(directory.path, "secret");
    const world = createWorld();
    const url = `${receiver.url.replace("//", "//user:hunter2@")}/hooks/T0P-SECRET?key=hunter2`;
    const notifier = world.notifier({ webhooks: [{ url, bearerTokenFile: secretFile }] });
    const missing = new Promise<void>((resolve) => {
      const { push } = world.log;
      world.log.push = (...lines) => {
        writeFileSync(secretFile, "s3cret");
        resolve();
        return push.apply(world.log, lines);
      };
    });
    notifier.notify([alertOf(world, {})]);
    await missing;
    await receiver.received(1);
    await notifier.close();
    assert.deepEqual(
      receiver.requests.map(({ path, headers }) => [path, headers.authorization]),
      [["/hooks/T0P-SECRET?key=hunter2", "Bearer s3cret"]],
    );
    assert.match(world.log.join("\n"), /no such file or directory/);
    assert.match(world.log.join("\n"), /HTTP 401/);
    assert.doesNotMatch(world.log.join("\n"), /s3cret|hunter2|T0P-SECRET/);
  });
});

// If these fail, a reload tells everybody again what they know, and an alert that ends soon after it is never told as resolved.
describe("a webhook over a reload", () => {
  const settingsOf = (receiver: Receiver, more: Partial<NotifierSettings> = {}): NotifierSettings => {
    return { alertmanagers: [], webhooks: [{ url: receiver.url }], externalLabels: {}, externalUrl: "http://a", ...more };
  };
  /** `external URL: status` of each message. */
  const messages = ({ requests }: Receiver): readonly string[] => {
    // What this test's notifier has sent.
    return requests
      .map(({ body }) => body as { externalURL: string; status: string })
      .map((m) => `${m.externalURL}: ${m.status}`);
  };

  test("that does not touch it goes on as if there had been none, a message on its way, too", async () => {
    await using receiver = await startReceiver();
    await using other = await startReceiver();
    receiver.answer(200, null);
    const world = createWorld();
    const notifier = world.notifier({ ...settingsOf(receiver), webhooks: [{ url: receiver.url, timeoutMs: 100 }] });
    const alerts = [alertOf(world, { disk: "sda" }), alertOf(world, { disk: "sdb" })];
    notifier.notify(alerts.slice(0, 1));
    await receiver.received(1);
    notifier.notify(alerts.slice(1));
    await receiver.received(2);
    const webhooks = [{ url: other.url }, { url: receiver.url, timeoutMs: 100 }];
    await notifier.reconfigure(settingsOf(receiver, { webhooks }));
    const { delivered, failures } = notifier.stats().receivers[1] ?? {};
    assert.deepEqual([delivered, failures], [1, 0], "its numbers go on, and nobody waited for its answer");
    notifier.notify(alerts);
    await Promise.all([receiver.received(3), other.received(1)]);
    notifier.notify(alerts.map((alert) => ({ ...alert, endsAtMs: world.nowMs })));
    await notifier.close();
    assert.deepEqual(messages(receiver), ["http://a: firing", "http://a: firing", "http://a: firing", "http://a: resolved"]);
    assert.deepEqual(messages(other), ["http://a: firing", "http://a: resolved"]);
  });

  test("that changes how it is told is told what is new, and the end of what it knows", async () => {
    await using receiver = await startReceiver();
    const world = createWorld();
    const notifier = world.notifier(settingsOf(receiver));
    const alert = alertOf(world, { disk: "sda" });
    notifier.notify([alert]);
    await receiver.received(1);
    await notifier.reconfigure(settingsOf(receiver, { externalUrl: "http://b" }));
    notifier.notify([{ ...alert, validUntilMs: alert.validUntilMs + 1 }]);
    await notifier.reconfigure(settingsOf(receiver, { webhooks: [{ url: receiver.url, name: "chat" }] }));
    notifier.notify([{ ...alert, endsAtMs: world.nowMs }]);
    await notifier.close();
    assert.deepEqual(messages(receiver), ["http://a: firing", "http://a: resolved"]);
  });

  test("that changes the labels is told that alerts with the old ones have ended", async () => {
    await using receiver = await startReceiver();
    const world = createWorld();
    const notifier = world.notifier(settingsOf(receiver, { externalLabels: { cluster: "a" } }));
    const alert = alertOf(world, { disk: "sda" });
    notifier.notify([alert]);
    await receiver.received(1);
    await notifier.reconfigure(settingsOf(receiver, { externalLabels: { cluster: "b" } }));
    world.nowMs += holdMs;
    notifier.notify([{ ...alert, validUntilMs: world.nowMs + holdMs }]);
    notifier.notify([]);
    await notifier.close();
    // What this test's notifier has sent.
    const last = receiver.requests.at(-1)?.body as { alerts: { status: string; labels: Record<string, string> }[] } | undefined;
    assert.deepEqual(
      last?.alerts.map(({ status, labels }) => `${labels["cluster"]} ${status}`),
      ["a resolved", "b firing"],
    );
  });
});
