import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleFlow, exampleHash, exampleStartMs } from "../../core/trace/example-flow.test-support.ts";
import type { Flow } from "../../core/trace/flow.ts";
import { drawFlow } from "./draw-flow.ts";

const drawn = (flow: Flow, width = 60, colour = false): string =>
  drawFlow(flow, exampleStartMs, { width, colour }).replaceAll("\u00a0", " ");

test("a transaction's way has a lane per node on one axis, and its figures below", () => {
  // Wrong: who has no browser reads that another node was slow.
  const lines = drawn(exampleFlow).split("\n");
  assert.equal(lines[0], `Transaction ${exampleHash}`);
  assert.match(lines[1] ?? "", /^regtest · made for show · 2026-11-26T12:00:00\.000Z$/);
  const at = lines.findIndex((line) => /^ +0 /.test(line));
  const [axis = "", ...lanes] = lines.slice(at, at + 4);
  assert.match(axis, /4\.67 s +9\.35 s$/);
  assert.deepEqual(
    lanes.map((line) => line.replaceAll("▒", "")),
    ["a  |█", "b  |██", "c  |█"],
  );
  // It was there later, by a character of 160 ms each.
  assert.deepEqual(
    lanes.map(({ length }) => length),
    [58, 59, 60],
  );
  for (const row of [
    /^a +0 s, submitted here +the hub's +included +812$/,
    /^b → c +block +312 ± 4 ms +slowest$/,
    /^a → b +block +3 ± 4 ms +uncertain$/,
    /^Mempool +9 s +96 % +█+$/,
    /^Critical path: mempool at a 9 s → block propagation a → b$/,
    /^3 ms → block propagation b → c 312 ms → import at c 35 ms$/,
  ])
    assert.ok(
      lines.some((line) => row.test(line)),
      `${row} in\n${lines.join("\n")}`,
    );
});

test("a long tail does not hide what came before it", () => {
  // Wrong: ten minutes of confirmations leave one character for the ten seconds that one asks about.
  const places = exampleFlow.places.map((place) => ({
    ...place,
    stages: [...place.stages, { stage: "confirm", fromMs: 9350, toMs: 600_000, isReorged: false } as const],
  }));
  const text = drawn({ ...exampleFlow, places });
  assert.match(text, /11\.2 s$/m);
  assert.match(text, /it is followed for 10 min/);
});

test("what waits is drawn until now, apart from what was seen of it", () => {
  // Wrong: a transaction that waits for a minute seems to have waited for a moment.
  const places = exampleFlow.places.map((place) => ({
    ...place,
    status: "pending" as const,
    stages: place.stages.slice(0, 1),
  }));
  const flow = { ...exampleFlow, status: "pending" as const, latency: null, places };
  const text = drawFlow(flow, exampleStartMs + 18_000, { width: 60, colour: false });
  assert.match(text, /^a {2}\|▒{28}░{28}$/m);
  assert.match(text, /░ goes on/);
});

test("what was taken back has a sign of its own, and colours say nothing that signs do not", () => {
  // Wrong: without colours, or to who cannot tell them apart, a reorganisation looks like an inclusion.
  const [first] = exampleFlow.places;
  assert.ok(first !== undefined);
  const stages = [{ stage: "import", fromMs: 4000, toMs: 8000, isReorged: true } as const];
  const flow = { ...exampleFlow, places: [{ ...first, stages }] };
  assert.match(drawn(flow), /^a .*×{10,}/m);
  assert.match(drawn(flow), /× block taken back/);
  assert.equal(drawn(exampleFlow, 60, true).replaceAll(/\u001b\[\d+m/g, ""), drawn(exampleFlow, 60));
});

test("texts from outside are made harmless, and many nodes are bounded", () => {
  // Wrong: a node's name steers the terminal, or five hundred nodes flood it.
  const [first] = exampleFlow.places;
  assert.ok(first !== undefined);
  const places = Array.from({ length: 500 }, (_, index) => ({ ...first, name: `\u001b[2J${index}` }));
  const text = drawn({
    ...exampleFlow,
    hash: "",
    chain: "\u001b]0;x",
    places,
    excluded: [{ place: first.place, reason: "\u001b[1m" }],
  });
  assert.doesNotMatch(text, /\u001b/);
  assert.match(text, /… and 460 more nodes/);
});
