import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { laneWalk, orphanGroup, rowsByStart, spanWalk, wholeWalk } from "./span-walk.ts";
import {
  closedBelow,
  closedByOne,
  groupHead,
  headGroup,
  linePlaces,
  linesOf,
  openedAbove,
  openedByOne,
  withAncestors,
} from "./trace-lines.ts";

/** Parents of any trace: each row's is an earlier one in some order that is not that of the rows. */
const parents = fc.array(fc.tuple(fc.nat(), fc.double({ min: 0, max: 100, noNaN: true })), { maxLength: 60 }).map((rows) => ({
  parent: Int32Array.from(rows, ([pick], row) => (row === 0 || pick % 4 === 0 ? -1 : pick % row)),
  starts: Float64Array.from(rows, ([, start]) => start),
}));

// When this fails, spans stand below others than their parents, or are missing from the picture.
describe("spanWalk", () => {
  test("has every row once, each below its parent, siblings by their start", () => {
    fc.assert(
      fc.property(parents, ({ parent, starts }) => {
        const walk = spanWalk(parent, rowsByStart(starts));
        assert.deepEqual(
          Array.from(walk.rowAt).sort((a, b) => a - b),
          [...parent.keys()],
        );
        for (const [place, row] of walk.rowAt.entries()) {
          assert.equal(walk.placeOf[row], place);
          const above = walk.parent[place] ?? -1;
          assert.equal(above === -1 ? -1 : walk.rowAt[above], parent[row]);
          assert.equal(walk.depth[place], above === -1 ? 0 : (walk.depth[above] ?? 0) + 1);
          // What is below follows at once, and nothing else.
          const end = place + (walk.below[place] ?? 0);
          assert.ok(above === -1 || end <= above + (walk.below[above] ?? 0));
          assert.notEqual(walk.parent[end + 1], place);
        }
        for (let place = 1; place < walk.rowAt.length; place++) {
          const before = [...walk.parent.subarray(0, place)].lastIndexOf(walk.parent[place] ?? -1);
          if (before === -1) continue;
          assert.ok((starts[walk.rowAt[before] ?? 0] ?? 0) <= (starts[walk.rowAt[place] ?? 0] ?? 0));
        }
      }),
    );
  });

  test("a chain of a hundred thousand spans is no problem", () => {
    const parent = Int32Array.from({ length: 100_000 }, (_, row) => row - 1);
    const walk = spanWalk(parent, rowsByStart(Float64Array.from(parent.keys())));
    assert.deepEqual([walk.depth.at(-1), walk.below[0]], [99_999, 99_999]);
  });
});

// When this fails, a span whose parent is missing is shown as if it had begun the trace.
test("orphans stand at the end under a head", () => {
  const grouped = wholeWalk(Int32Array.of(-1, -1, 0), Int32Array.of(0, 1, 2), (row) => row === 0);
  assert.deepEqual([...grouped.walk.rowAt], [1, 0, 2]);
  assert.deepEqual([grouped.groupOf[0], grouped.groupOf[1]], [orphanGroup, 0]);
  assert.deepEqual([grouped.hasHead(0), grouped.hasHead(orphanGroup)], [false, true]);
});

// When this fails, one node's spans stand in another one's lane.
test("lanes hold what is of one node, and keep parents of the same node only", () => {
  const { walk } = laneWalk(Int32Array.of(-1, 0, 1, 0), Int32Array.of(0, 1, 2, 3), Uint32Array.of(5, 7, 7, 5));
  assert.deepEqual([...walk.rowAt], [0, 3, 1, 2]);
  assert.deepEqual([...walk.depth], [0, 1, 0, 1]);
});

//   0
//   ├ 1
//   │ └ 2
//   └ 3
const parent = Int32Array.of(-1, 0, 1, 0);
const byStart = Int32Array.of(0, 1, 2, 3);
const whole = wholeWalk(parent, byStart, () => false);
const nothing = new Uint8Array(4);

// When this fails, folding and filtering hide the wrong spans.
describe("linesOf", () => {
  test("leaves out what is folded away", () => {
    assert.deepEqual([...linesOf(whole, { closed: Uint8Array.of(0, 1, 0, 0), kept: null })], [0, 1, 3]);
  });

  test("keeps what matches with all that is above it", () => {
    const kept = withAncestors(whole.walk, Uint8Array.of(0, 0, 1, 0));
    assert.deepEqual([...linesOf(whole, { closed: nothing, kept })], [0, 1, 2]);
  });

  test("begins every lane with its head", () => {
    const lanes = laneWalk(parent, byStart, Uint32Array.of(1, 0, 0, 1));
    const lines = linesOf(lanes, { closed: nothing, kept: null });
    assert.deepEqual([...lines], [groupHead(1), 0, 1, groupHead(0), 2, 3]);
    assert.deepEqual([headGroup(groupHead(1)), headGroup(0)], [1, -1]);
    assert.deepEqual([...linePlaces(lines, 4)], [1, 2, 4, 5]);
  });

  test("has at most one line for each span, in the order of the walk", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 40 }), fc.infiniteStream(fc.boolean()), (picks, flips) => {
        const parents = Int32Array.from(picks, (pick, row) => (row === 0 || pick % 3 === 0 ? -1 : pick % row));
        const { walk, ...rest } = wholeWalk(parents, rowsByStart(new Float64Array(picks.length)), () => false);
        const flip = (): Uint8Array => Uint8Array.from(picks, () => Number(flips.next().value));
        const [closed, kept] = [flip(), withAncestors(walk, flip())];
        const lines = [...linesOf({ walk, ...rest }, { closed, kept })];
        assert.deepEqual(
          lines,
          lines.toSorted((a, b) => a - b),
        );
        const expected = [...walk.rowAt.keys()].filter((place) => {
          for (let at = walk.parent[place] ?? -1; at !== -1; at = walk.parent[at] ?? -1)
            if (closed[walk.rowAt[at] ?? 0] === 1) return false;
          return kept[place] === 1;
        });
        assert.deepEqual(lines, expected);
      }),
    );
  });
});

// When this fails, the buttons and keys that fold by levels fold others.
describe("levels", () => {
  test("fold from the deepest, and open from the highest", () => {
    const once = closedByOne(whole.walk, nothing);
    assert.deepEqual([...once], [0, 1, 0, 0]);
    const twice = closedByOne(whole.walk, once);
    assert.deepEqual([...twice], [1, 1, 0, 0]);
    assert.deepEqual([...openedByOne(whole.walk, twice)], [0, 1, 0, 0]);
    assert.deepEqual([...closedBelow(whole.walk, 1)], [1, 1, 0, 0]);
    assert.deepEqual([...closedByOne(whole.walk, twice)], [...twice]);
  });

  test("open what a span is hidden in", () => {
    assert.deepEqual([...openedAbove(whole.walk, Uint8Array.of(1, 1, 0, 0), 2)], [0, 0, 0, 0]);
  });
});
