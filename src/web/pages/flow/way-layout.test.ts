import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { exampleFlow } from "../../../core/trace/example-flow.test-support.ts";
import type { PlaceStage } from "../../../core/trace/flow.ts";
import { namesIn } from "../../../core/trace/flow-words.ts";
import { itemAt, itemsOf } from "./way-items.ts";
import { lanesMax, layOutWay } from "./way-layout.ts";
import { axisSteps, windowsOf } from "./way-window.ts";

const width = 1000;
const nowMs = 60_000;
const whole = { fromMs: 0, toMs: 10_000 };

/** Without what floating point adds. */
const px = (value: number | undefined): number => Math.round((value ?? Number.NaN) * 100) / 100;

test("bars, first sights and hops stand where their times are", () => {
  // Wrong: the picture shows another node as the one that was late.
  const { lanes, hops } = layOutWay(exampleFlow, whole, { width, nowMs });
  assert.deepEqual(
    lanes.map(({ place, bars }) => [
      place.name,
      bars.map(({ stage, left, width: wide }) => [stage.stage, px(left), px(left + wide)]),
    ]),
    [
      [
        "a",
        [
          ["mempool", 0, 900],
          ["import", 900, 902],
        ],
      ],
      [
        "b",
        [
          ["mempool", 1.2, 900.3],
          ["import", 900.3, 903],
        ],
      ],
      [
        "c",
        [
          ["mempool", 4, 931.5],
          ["import", 931.5, 935],
        ],
      ],
    ],
  );
  const [, b, c] = lanes;
  assert.deepEqual([px(b?.sight?.left), px(b?.sight?.at), px(b?.sight?.right)], [1, 1.2, 1.4]);
  const last = hops.at(-1);
  assert.deepEqual([px(last?.from[0]), px(last?.to[0])], [900.3, 931.5]);
  assert.ok((last?.from[1] ?? 0) > (b?.top ?? 0) && (last?.to[1] ?? 0) > (c?.top ?? 0));
});

test("stages that run at the same time stand below each other, and lanes do not touch", () => {
  // Wrong: confirmation hides finality, or one node's bars are in another's lane.
  const stages: readonly PlaceStage[] = [
    { stage: "mempool", fromMs: 0, toMs: 100, isReorged: false },
    { stage: "confirm", fromMs: 100, toMs: 600, isReorged: false },
    { stage: "finalize", fromMs: 100, toMs: 900, isReorged: false },
  ];
  const places = exampleFlow.places.map((place) => ({ ...place, stages }));
  const { lanes } = layOutWay({ ...exampleFlow, places }, whole, { width, nowMs });
  for (const [index, { bars, top, height }] of lanes.entries()) {
    const tops = Object.fromEntries(bars.map(({ stage, top: barTop }) => [stage.stage, barTop]));
    assert.equal(tops["mempool"], Math.min(...bars.map((bar) => bar.top)));
    assert.notEqual(tops["confirm"], tops["finalize"]);
    assert.ok(Math.max(...bars.map((bar) => bar.top)) < top + height);
    assert.ok(top + height <= (lanes[index + 1]?.top ?? Infinity));
  }
});

test("what is outside of the window is not drawn, and what is cut says so", () => {
  // Wrong: zoomed to the hops, a bar seems to begin or end there.
  const { lanes, hops } = layOutWay(exampleFlow, { fromMs: 5, toMs: 50 }, { width, nowMs });
  assert.deepEqual(
    lanes.map(({ bars }) => bars.map(({ isCutLeft, isCutRight }) => [isCutLeft, isCutRight])),
    [[[true, true]], [[false, true]], [[false, true]]],
  );
  assert.deepEqual(
    lanes.map(({ sight }) => sight !== null),
    [false, true, true],
  );
  // The first hop begins before the window.
  assert.deepEqual(
    hops.map(({ hop }) => [hop.source.node, hop.target.node]),
    [["b", "c"]],
  );
});

test("the first window ends with the inclusion where what follows would hide it", () => {
  // Wrong: ten minutes of confirmations make the ten seconds before them one pixel.
  const ids = (flow: typeof exampleFlow): readonly string[] => windowsOf(flow, nowMs).map(({ id }) => id);
  assert.deepEqual(ids(exampleFlow), ["all", "spread", "block-spread"]);
  const confirm: PlaceStage = { stage: "confirm", fromMs: 9350, toMs: 600_000, isReorged: false };
  const long = {
    ...exampleFlow,
    places: exampleFlow.places.map((place) => ({ ...place, stages: [...place.stages, confirm] })),
  };
  assert.deepEqual(ids(long), ["block", "all", "spread", "block-spread"]);
  const pending = { ...exampleFlow, latency: null, hops: [] };
  assert.deepEqual(ids(pending), ["all"]);
});

test("what goes on reaches until now, apart from what was seen of it", () => {
  // Wrong: a transaction that waits for a minute seems to have waited for a moment.
  const places = exampleFlow.places.map(({ stages, ...place }) => ({
    ...place,
    status: "pending" as const,
    stages: stages.slice(0, 1),
  }));
  const waiting = { ...exampleFlow, status: "pending" as const, latency: null, hops: [], places };
  const [all] = windowsOf(waiting, nowMs);
  assert.ok(all !== undefined && all.window.toMs > nowMs);
  const [bar] = layOutWay(waiting, { fromMs: 0, toMs: 60_000 }, { width, nowMs }).lanes[0]?.bars ?? [];
  assert.deepEqual([px(bar?.width), bar?.openTo], [150, 1000]);
});

test("what took less than it may be wrong by is drawn at the scale of the error", () => {
  // Wrong: a picture in microseconds of times that are known to half a second.
  const places = exampleFlow.places
    .slice(0, 1)
    .map((place) => ({ ...place, firstSeenMs: 0, clock: { offsetMs: 0, errorMs: 40 }, resolutionMs: 400, stages: [] }));
  const brief = { ...exampleFlow, latency: null, hops: [], places };
  const [all] = windowsOf(brief, nowMs);
  assert.ok(all !== undefined && all.window.fromMs < -440 && all.window.toMs > 40);
  const sight = layOutWay(brief, all.window, { width, nowMs }).lanes[0]?.sight;
  assert.ok(sight !== null && sight !== undefined && sight.left > 0 && sight.right < width);
});

test("whatever the times are, everything stays within the picture, and an axis has few round steps", () => {
  // Wrong: a clock that was off draws bars beside the page, or hangs it with a million steps.
  const time = fc.double({ min: -1e12, max: 1e12, noNaN: true });
  const stage = fc.record({
    stage: fc.constantFrom("mempool", "import", "finalize"),
    fromMs: time,
    toMs: time,
    isReorged: fc.boolean(),
  });
  const flows = fc.array(fc.array(stage, { maxLength: 5 }), { maxLength: 60 }).map((all) => ({
    ...exampleFlow,
    places: all.map((stages, index) => ({
      ...(exampleFlow.places[index % 3] ?? assert.fail("there are three places")),
      name: `n${index}`,
      stages: stages.map((one) => ({ ...one, toMs: Math.max(one.fromMs, one.toMs) })),
    })),
  }));
  fc.assert(
    fc.property(flows, (flow) => {
      for (const { window } of windowsOf(flow, nowMs)) {
        const { lanes, height } = layOutWay(flow, window, { width, nowMs });
        assert.ok(lanes.length <= lanesMax);
        for (const { bars } of lanes)
          for (const { left, width: wide, top } of bars)
            assert.ok(
              left >= 0 && wide >= 2 && left + wide <= width + 2 && top >= 0 && top < height,
              JSON.stringify({ left, wide, top }),
            );
        const steps = axisSteps(window, 10);
        assert.ok(steps.length <= 11, `${steps.length} steps`);
        for (const step of steps) assert.ok(step >= window.fromMs - 1e-3 && step <= window.toMs + 1e-3);
      }
    }),
    { numRuns: 60 },
  );
});

test("one can point at everything that is drawn, and reads what it is", () => {
  // Wrong: a short stage lies under a long one and cannot be asked about, or the arrow keys skip it.
  const items = itemsOf(layOutWay(exampleFlow, whole, { width, nowMs }), namesIn(exampleFlow));
  assert.equal(new Set(items.map(({ key }) => key)).size, items.length);
  assert.equal(items.length, 3 * 3 + 4);
  for (const { box, text } of items)
    assert.notEqual(itemAt(items, box.left + box.width / 2, box.top + box.height / 2), -1, text);
  const [seen, mempool] = items;
  assert.match(seen?.text ?? "", /^First seen at a: before all other nodes; .*; it was submitted here\.$/);
  assert.equal(mempool?.text.replaceAll("\u00a0", " "), "Mempool at a: 9 s, from 0 s to 9 s.");
  assert.equal(itemAt(items, 990, 5), -1);
});
