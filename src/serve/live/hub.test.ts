import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckResult } from "../../core/check.ts";
import { openHubLab } from "./hub.test-support.ts";

const queries = [{ id: "q1", expr: "up" }];

const disk: CheckResult = {
  id: "host.disk_space",
  title: "Disk",
  node: "node-1",
  status: "warning",
  timestampMs: 0,
  sinceMs: 0,
  value: 0.1,
  message: "/data has 10 % left.",
  action: "Delete something.",
  reason: null,
};

test("a stream whose values are long in coming holds no other's", async () => {
  // If it fails, one tab with a heavy query or another node's page makes every open page stand still.
  const lab = openHubLab();
  const [slow, quick] = [lab.open(), lab.open()];
  slow.subscribe({ node: "node-2", queries });
  quick.subscribe({ queries, topics: ["checks"] });
  lab.hold("node-2");
  for (const timeMs of [1000, 2000, 3000]) await lab.tick(timeMs);
  assert.deepEqual(
    quick.named("tick").map(({ t }) => t),
    [1000, 2000, 3000],
  );
  assert.equal(quick.named("checks").length, 1);
  assert.deepEqual(slow.named("tick"), []);
  // What it missed in between is of no use any more; the newest is.
  await lab.answer("node-2");
  assert.deepEqual(
    slow.named("tick").map(({ t }) => t),
    [1000, 3000],
  );
});

test("checks of a node that is long in answering hold no other node's, and no other topic", async () => {
  // If it fails, one page of a far node keeps all pages from hearing of problems, and of collection that has stopped.
  const lab = openHubLab();
  const [slow, quick] = [lab.open(), lab.open()];
  slow.subscribe({ node: "node-2", topics: ["checks"] });
  quick.subscribe({ topics: ["checks"] });
  lab.hold("node-2");
  await lab.tick(1000);
  assert.equal(quick.named("checks").length, 1);
  lab.check([disk]);
  lab.stopCollecting();
  await lab.tick(2000);
  assert.deepEqual(
    quick.named("status").map(({ collecting }) => collecting),
    [true, false],
  );
  assert.equal(quick.named("checks").length, 2);
  assert.deepEqual(slow.named("checks"), []);
  await lab.answer("node-2");
  assert.equal(slow.named("checks").length, 1);
});

test("values of a subscription that was replaced meanwhile are not sent under the new one", async () => {
  // If it fails, the page of one node shows another node's value for a tick after each change of node.
  const lab = openHubLab();
  const stream = lab.open();
  stream.subscribe({ queries });
  lab.hold("node-1");
  await lab.tick(1000);
  stream.subscribe({ node: "node-2", queries });
  await lab.answer("node-1");
  assert.deepEqual(stream.named("tick"), []);
  assert.deepEqual(stream.named("shape"), []);
  await lab.tick(2000);
  assert.deepEqual(stream.named("tick"), [{ t: 2000, q: { q1: [2000] } }]);
});

test("checks say whose they are, and those of a node that is no longer asked for are not sent", async () => {
  // If it fails, a page shows another node's problems as its own; an empty list does not tell by itself whose it is.
  const lab = openHubLab();
  lab.check([disk]);
  const stream = lab.open();
  stream.subscribe({ topics: ["checks"] });
  lab.hold("node-1");
  await lab.tick(1000);
  stream.subscribe({ node: "node-2", topics: ["checks"] });
  await lab.answer("node-1");
  assert.deepEqual(stream.named("checks"), []);
  await lab.tick(2000);
  assert.deepEqual(stream.named("checks"), [{ node: "node-2", checks: [] }]);
});

test("a stream that has lost the right to read is ended, and nothing is written after its end", async () => {
  // If it fails, a revoked token goes on reading, or an answer that was on its way stops the server.
  const lab = openHubLab();
  let allowed = true;
  const stream = lab.open(() => allowed);
  stream.subscribe({ queries, topics: ["checks"] });
  lab.hold("node-1");
  await lab.tick(1000);
  allowed = false;
  await lab.tick(2000);
  await lab.answer("node-1");
  assert.deepEqual(stream.named("tick"), []);
  assert.deepEqual(lab.warnings, []);
});

test("checks are sent again when what they say has changed, and only then", async () => {
  // If it fails, the page says of a disk that fills up what was true hours ago, or names the mount that was the worst one then.
  const lab = openHubLab();
  const stream = lab.open();
  stream.subscribe({ topics: ["checks"] });
  const changes: Partial<CheckResult>[] = [
    { message: "/data has 5 % left." },
    { message: "/ has 4 % left." },
    { sinceMs: 2000 },
    { action: "Delete more." },
    // Two alerts of one rule: which of them still fires shows in nothing else.
    { id: "alert.peer_lost", message: "Peer a is lost." },
    { id: "alert.peer_lost", message: "Peer b is lost." },
  ];
  for (const [index, change] of changes.entries()) {
    lab.check([{ ...disk, ...change }]);
    await lab.tick(index * 1000);
    assert.equal(stream.named("checks").length, index + 1);
  }
  // Judged again with the same words: nothing to read anew.
  lab.check([{ ...disk, ...changes.at(-1), timestampMs: 9000, value: 0.0999 }]);
  await lab.tick(9000);
  assert.equal(stream.named("checks").length, changes.length);
});
