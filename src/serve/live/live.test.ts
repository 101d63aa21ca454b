import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { ServerResponse } from "node:http";
import { after, before, describe, test } from "node:test";
import type { CheckResult } from "../../core/check.ts";
import { perSecond, select } from "../../core/promql-text.ts";
import { lab, labSamples } from "../lab.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";
import { openLiveClient } from "./live-client.test-support.ts";
import { openEventStream } from "./stream.ts";

const turns = { id: "turns", expr: perSecond(lab.turns) };
const heat = { id: "heat", expr: select(lab.heat) };

function check(status: CheckResult["status"]): CheckResult {
  return {
    id: "lab.heat",
    title: "Heat",
    node: "node-1",
    status,
    timestampMs: 0,
    sinceMs: 0,
    value: 1,
    message: "It is hot.",
    action: null,
    reason: null,
  };
}

describe("live streams", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    world.tick(labSamples([0, 0], 20));
  });
  after(() => world.close());

  const tick = (samples: Parameters<World["tick"]>[0]): number => {
    world.pass(1000);
    return world.tick(samples);
  };

  test("a stream says hello, then shape before the values that it explains", async () => {
    // If it fails, the page draws values under the wrong names.
    const client = await openLiveClient(world);
    assert.equal(client.hello["node"], "node-1");
    assert.equal(client.hello["samplingIntervalMs"], 1000);
    assert.equal((await client.subscribe({ queries: [turns, heat] })).status, 204);
    const timeMs = tick(labSamples([1, 2], 21));
    const nextOfValues = async () => {
      const event = await client.nextEvent();
      // The state of collection comes beside the values, in any order.
      return event?.event === "status" ? client.nextEvent() : event;
    };
    const events = [await nextOfValues(), await nextOfValues(), await nextOfValues()];
    assert.deepEqual(
      events.map((event) => event?.event),
      ["shape", "shape", "tick"],
    );
    assert.deepEqual(events[0]?.data, {
      id: "turns",
      labels: [
        { node: "node-1", wheel: "0" },
        { node: "node-1", wheel: "10" },
      ],
    });
    assert.deepEqual(events[2]?.data, { t: timeMs, q: { turns: [1, 2], heat: [21] } });
    // The same label sets: no shape again. A label set fewer: a new one.
    tick(labSamples([2, 4], 22));
    assert.equal((await nextOfValues())?.event, "tick");
    tick(labSamples([3, 6], 23).slice(1));
    assert.deepEqual((await nextOfValues())?.data, { id: "heat", labels: [] });
    client.close();
  });

  test("all streams' distinct expressions are one evaluation", async () => {
    // If it fails, ten open tabs are ten times the work.
    const clients = await Promise.all([1, 2, 3].map(() => openLiveClient(world)));
    await Promise.all(clients.map((client) => client.subscribe({ queries: [turns, heat] })));
    const before = world.calls.get("batch") ?? 0;
    tick(labSamples([4, 8], 24));
    await Promise.all(clients.map((client) => client.next("tick")));
    assert.equal((world.calls.get("batch") ?? 0) - before, 1);
    for (const client of clients) client.close();
  });

  test("a failing expression does not stop the others", async () => {
    // If it fails, one bad chart empties the page.
    const client = await openLiveClient(world);
    await client.subscribe({ queries: [{ id: "bad", expr: "(((" }, heat] });
    tick(labSamples([5, 10], 25));
    assert.deepEqual((await client.next("tick"))["q"], { bad: [], heat: [25] });
    client.close();
  });

  test("checks come when a status changes, annotations when they are made, processes sorted", async () => {
    // If it fails, the page shows yesterday's state until it is reloaded.
    world.check([check("ok")]);
    const client = await openLiveClient(world);
    await client.subscribe({ queries: [], topics: ["checks", "annotations", "processes"], processSort: "cpuPercent" });
    tick(labSamples([6, 12], 26));
    assert.deepEqual((await client.next("checks"))["checks"], [check("ok")]);
    const { processes } = (await client.next("processes")) as { processes: readonly { pid: string }[] };
    assert.equal(processes[0]?.pid, "12");
    world.check([check("critical")]);
    tick(labSamples([7, 14], 27));
    assert.deepEqual((await client.next("checks"))["checks"], [check("critical")]);
    await world.json("/api/v1/performance/annotations", { kind: "deploy", title: "v2" });
    assert.equal((await client.next("annotation"))["title"], "v2");
    // What the collect stage writes is found at the next tick, once.
    const restart = {
      timestampMs: world.services.clock.nowMs() + 500,
      kind: "restart",
      title: "again",
      node: "node-1",
    } as const;
    await world.services.collect.annotate(restart);
    tick(labSamples([8, 16], 28));
    assert.equal((await client.next("annotation"))["title"], "again");
    client.close();
  });

  test("subscriptions are bounded and checked", async () => {
    // If it fails, one client makes the server evaluate without end.
    const client = await openLiveClient(world);
    const many = Array.from({ length: 65 }, (_, index) => ({ id: String(index), expr: "1" }));
    assert.equal((await client.subscribe({ queries: many })).status, 400);
    assert.equal((await client.subscribe({ queries: [], topics: ["secrets"] })).status, 400);
    assert.equal((await client.subscribe({ queries: [], topics: ["processes"], processSort: "nothing" })).status, 400);
    const unknown = "/api/v1/live/8b33e967-6e8b-4067-a76c-0f9bc2d2d5cc";
    assert.equal((await world.json<{ code: string }>(unknown, { queries: [] })).code, "NOT_FOUND");
    client.close();
  });

  test("the number of streams is bounded, and a closed one makes room", async () => {
    // If it fails, forgotten tabs pile up until the server has no descriptors.
    await using crowded = await openWorld();
    const clients = await Promise.all(Array.from({ length: 64 }, () => openLiveClient(crowded)));
    const refused = await crowded.fetch("/api/v1/live");
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("retry-after"), "60");
    await refused.text();
    clients[0]?.close();
    let answer = 429;
    while (answer === 429) {
      const stop = new AbortController();
      const response = await crowded.fetch("/api/v1/live", { signal: stop.signal });
      answer = response.status;
      stop.abort();
    }
    assert.equal(answer, 200);
  });

  test("a closing server ends its streams", async () => {
    // If it fails, a restart waits for every open tab.
    await using closing = await openWorld();
    const client = await openLiveClient(closing);
    await closing.close();
    assert.equal(await client.nextEvent(), null);
  });
});

describe("live streams over failing threads", () => {
  test("what cannot be read is logged once, and the rest goes on", async () => {
    // If it fails, a thread that has ended fills the log, or stops every page.
    await using world = await openWorld({ failing: ["checks"] });
    const client = await openLiveClient(world);
    await client.subscribe({ queries: [heat], topics: ["checks"] });
    for (let second = 0; second < 3; second++) {
      world.pass(1000);
      world.tick(labSamples([second, second], second));
      assert.deepEqual((await client.next("tick"))["q"], { heat: [second] });
    }
    assert.equal(world.log.filter(({ level }) => level === "warn").length, 1);
    client.close();
  });
});

describe("a slow reader", () => {
  test("events beyond the bound are dropped, and resync follows when it has caught up", async () => {
    // If it fails, one stalled browser makes the server's memory grow, or a page shows a gap as if nothing had happened.
    const pipe = new PassThrough({ highWaterMark: 1024 });
    const response = Object.assign(pipe, { writeHead: () => pipe }) as unknown as ServerResponse;
    let closed = 0;
    const stream = openEventStream("s", response, () => closed++);
    const large = { text: "x".repeat(100_000) };
    for (let index = 0; index < 50; index++) stream.send("tick", large);
    assert.ok(pipe.writableLength < 2_000_000);
    let text = "";
    for await (const chunk of pipe.iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (text.includes("event: resync")) break;
    }
    assert.equal(stream.resyncs, 1);
    const ticks = text.split("event: tick").length - 1;
    assert.ok(ticks > 5 && ticks < 50, `${ticks} ticks got through`);
    pipe.destroy();
    await once(pipe, "close");
    assert.equal(closed, 1);
  });

  test("S13: one that takes nothing for a minute loses its place", (context) => {
    // If it fails, 64 connections that read nothing keep everybody from live values for ever.
    context.mock.timers.enable({ apis: ["setInterval"] });
    const pipe = new PassThrough({ highWaterMark: 1024 });
    const response = Object.assign(pipe, { writeHead: () => pipe }) as unknown as ServerResponse;
    const stream = openEventStream("s", response, () => undefined);
    for (let index = 0; index < 50; index++) stream.send("tick", { text: "x".repeat(100_000) });
    context.mock.timers.tick(45_000);
    assert.equal(pipe.destroyed, false);
    context.mock.timers.tick(15_000);
    assert.equal(pipe.destroyed, true);
  });
});
