import { sendEvent, takeAsked, type Asked } from "./browser.test-support.ts";
import assert from "node:assert/strict";
import { after, mock, test } from "node:test";
import { navigate } from "../state/router.ts";
import { liveError, setLiveQueries, startLive } from "./live.ts";
import { checks } from "./server.ts";

mock.timers.enable({ apis: ["setTimeout"] });
navigate("/?node=a");
const stop = startLive({ shape: () => undefined, tick: () => undefined, resync: () => undefined });
after(stop);

const queries = (id: string) => [{ id, expr: "up" }];

/** Requests that subscribe, with the ids of the queries in them. */
async function subscriptions(): Promise<
  readonly { readonly asked: Asked; readonly ids: readonly string[]; readonly url: string }[]
> {
  const all = await takeAsked();
  return all.map((asked) => ({
    asked,
    url: asked.url,
    // What live.ts sends.
    ids: (asked.body as { queries: readonly { id: string }[] }).queries.map(({ id }) => id),
  }));
}

async function open(streamId: string): Promise<void> {
  await sendEvent("hello", { streamId, serverTimeMs: Date.now() });
}

test("one subscription is on its way at a time, and the newest is the last", async () => {
  // Wrong: an older one that arrives later stays, and the charts of the page get no ticks.
  await open("s1");
  const [first] = await subscriptions();
  setLiveQueries(queries("q1"));
  mock.timers.tick(0);
  setLiveQueries(queries("q2"));
  mock.timers.tick(0);
  assert.deepEqual(await subscriptions(), []);
  await first?.asked.answer(null, 204);
  const next = await subscriptions();
  assert.deepEqual(
    next.map(({ ids }) => ids),
    [["q2"]],
  );
  await next[0]?.asked.answer(null, 204);
  assert.deepEqual(await subscriptions(), []);
});

test("one that failed is sent again after a while, with what is wanted then", async () => {
  // Wrong: a request that is lost once leaves the page without ticks until it is reloaded.
  setLiveQueries(queries("q3"));
  mock.timers.tick(0);
  const [lost] = await subscriptions();
  await lost?.asked.drop();
  assert.match(liveError.value ?? "", /does not answer/);
  assert.deepEqual(await subscriptions(), []);
  mock.timers.tick(3000);
  const [again] = await subscriptions();
  assert.deepEqual(again?.ids, ["q3"]);
  await again?.asked.answer(null, 204);
  assert.equal(liveError.value, null);
  mock.timers.tick(3000);
  assert.deepEqual(await subscriptions(), []);
});

test("a new stream does not wait for what was sent to the one before", async () => {
  // Wrong: after a break of the connection the charts stand still until a dead request has timed out.
  setLiveQueries(queries("q4"));
  mock.timers.tick(0);
  const [stale] = await subscriptions();
  await open("s2");
  const [fresh] = await subscriptions();
  assert.equal(fresh?.url, "/api/v1/live/s2");
  await stale?.asked.drop();
  await fresh?.asked.answer(null, 204);
  assert.equal(liveError.value, null);
  mock.timers.tick(3000);
  assert.deepEqual(await subscriptions(), []);
});

test("checks of another node than the one that is shown are not taken, also when there are none", async () => {
  // Wrong: after a change of node the page shows the other machine's problems, or that there are none.
  await sendEvent("checks", { node: "a", checks: [] });
  assert.deepEqual(checks.value, []);
  checks.value = null;
  await sendEvent("checks", { node: "b", checks: [] });
  assert.equal(checks.value, null);
});
