import assert from "node:assert/strict";
import { test } from "node:test";
import { flowAttributes as a, flowSpans } from "../../../core/flow-names.ts";
import { hashOf, openLab, startMs } from "./flow-lab.test-support.ts";
import { flowMetrics } from "./metrics.ts";

test("what was on its way when watching ended is unknown, until it is seen again", async () => {
  // Whoever looks for what waits would find what has been final for days, or a payment would begin anew with each restart.
  const before = openLab();
  const [waits, gone, done, back] = [hashOf(1), hashOf(2), hashOf(3), hashOf(4)];
  for (const [index, hash] of [waits, gone, done, back].entries()) before.see(hash, index / 3);
  before.flow.learn(waits, { [a.feeRate]: 2 });
  const taken = before.mine(5, [done, back], 1000);
  before.flow.blockOrphaned(taken, startMs + 2000);
  before.mine(5, [done], 2500, 0xc0);
  const { client, flow, see, mine, root, life } = openLab();
  client.earlier.push(...before.client.spans());
  client.advance(60_000);
  assert.deepEqual(
    (await flow.resume()).map(({ hash }) => hash),
    [waits, gone, back],
  );
  const statusOf = (hash: string): unknown => root(hash).attributes[a.status];
  assert.deepEqual([waits, gone, back].map(statusOf), ["unknown", "unknown", "unknown"]);
  for (const hash of [waits, gone, back]) {
    const [now, then] = [root(hash), before.root(hash)];
    assert.deepEqual([now.spanId, now.startNs, now.endNs], [then.spanId, then.startNs, then.endNs], "it takes its place");
    assert.deepEqual({ ...now.attributes, [a.status]: null }, { ...then.attributes, [a.status]: null });
  }
  see(waits, 60_000);
  assert.equal(statusOf(waits), "pending");
  assert.equal(client.value(flowMetrics.open), 1, "what is unknown takes no room");
  mine(9, [waits, back], 61_000);
  assert.deepEqual([waits, gone, back].map(statusOf), ["included", "unknown", "included"]);
  assert.deepEqual(
    life(waits).filter(([name]) => name !== flowSpans.transaction),
    [
      [flowSpans.mempool, 0, 61_000, ""],
      [flowSpans.include, 61_000, 61_010, ""],
    ],
  );
  const ids = (of: typeof client, name: string) =>
    of
      .spans(name)
      .filter(({ traceId }) => traceId === back.slice(0, 32))
      .map(({ spanId }) => spanId);
  const [, secondWait] = ids(before.client, flowSpans.mempool);
  assert.deepEqual(ids(client, flowSpans.mempool), [secondWait], "its second time in the pool goes on");
  assert.equal(ids(before.client, flowSpans.include).includes(ids(client, flowSpans.include)[0] ?? ""), false);
});
