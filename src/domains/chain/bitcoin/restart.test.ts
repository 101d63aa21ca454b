import assert from "node:assert/strict";
import { test } from "node:test";
import { flowAttributes as a, flowSpans } from "../../../core/flow-names.ts";
import { mempoolMetrics as m } from "../mempool/metrics.ts";
import { extend, fakeId, openFakeNode } from "./fake-node.test-support.ts";
import { followChain } from "./follow-chain.ts";
import { watchMempool } from "./watch-mempool.ts";

/** A node that says, as Bitcoin Core since 0.19, whether it has read its pool back. */
async function openRestarting() {
  const lab = openFakeNode();
  const { node, client, watched } = lab;
  const chain = followChain(watched);
  const mempool = watchMempool(watched, chain);
  let isLoaded = true;
  const info = node.methods["getmempoolinfo"];
  node.methods["getmempoolinfo"] = () => Object.assign({ loaded: isLoaded }, info?.());
  node.methods["getrawtransaction"] = (id) => ({ vin: [{ txid: id, vout: 0 }] });
  const look = async (isLoadedNow: boolean, pool: readonly string[], seconds = 1): Promise<void> => {
    isLoaded = isLoadedNow;
    node.pool = [...pool];
    for (let second = 0; second < seconds; second++) {
      client.advance(1000);
      await chain.look();
      await mempool.lookQuickly();
      await mempool.look();
    }
  };
  const statusOf = (id: string) =>
    client.spans(flowSpans.transaction).findLast(({ traceId }) => traceId === id.slice(0, 32))?.attributes[a.status];
  return { ...lab, look, statusOf };
}

test("what a node has not read back yet after its restart waits on, and nothing of it comes or goes", async () => {
  // Each restart of a node would be told as a pool that was emptied and filled, every payment in it as dropped, and its age would be lost.
  const { node, client, look, statusOf } = await openRestarting();
  const ids = ["t1", "t2", "t3", "t4"].map(fakeId);
  const [mined = "", lost = "", ...others] = ids;
  await look(true, []);
  await look(true, ids);
  await look(true, ids, 60);
  const added = client.value(m.added);
  // A quick look may find the empty pool before anybody has asked whether it is loaded.
  await look(false, [], 15);
  assert.deepEqual(client.values(m.transactions), { "mempool.state=pending": 0 }, "sizes are told as the node says");
  assert.match(client.absences.get("getrawmempool")?.detail ?? "", /loaded/);
  assert.equal(client.value(m.oldest), undefined);
  assert.ok(ids.every((id) => statusOf(id) === "pending"));
  // Its blocks come all the same.
  extend(node, "a", 1, [mined]);
  await look(false, [others[0] ?? ""], 15);
  assert.equal(statusOf(mined), "included");
  assert.equal(client.value(m.waitTime), 76);
  await look(true, others);
  assert.equal(client.absences.get("getrawmempool"), undefined);
  assert.equal(client.value(m.oldest), 91);
  assert.equal(client.value(m.added), added);
  assert.deepEqual(others.map(statusOf), ["pending", "pending"]);
  // What it has not taken up again has left.
  await look(true, others, 11);
  assert.deepEqual([lost, ...others].map(statusOf), ["dropped", "pending", "pending"]);
  assert.deepEqual(client.values(m.removed), {
    "removal.reason=included": 1,
    "removal.reason=replaced": 0,
    "removal.reason=dropped": 1,
    "removal.reason=unknown": 0,
  });
});

test("a pool that was still being read when watching began is no wave of new transactions", async () => {
  // ChainPulse and its node start together: the whole pool would be told as having come at once.
  const { client, look } = await openRestarting();
  const ids = ["t1", "t2"].map(fakeId);
  await look(false, [], 2);
  await look(false, ids.slice(0, 1), 2);
  await look(true, ids);
  assert.equal(client.value(m.added), 0);
  assert.deepEqual(client.spans(flowSpans.transaction), []);
});
