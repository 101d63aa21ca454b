import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { selectTop } from "./select-top.ts";

const scores = fc.uniqueArray(fc.record({ id: fc.nat(50), score: fc.double({ min: 0, max: 10, noNaN: true }) }), {
  selector: ({ id }) => id,
});

test("never more than the seats, and without members the highest scores", () => {
  // The number of series would have no bound, or the busiest process no chart, if this fails.
  fc.assert(
    fc.property(scores, fc.nat(10), (candidates, count) => {
      const chosen = selectTop(candidates, { count, members: new Set(), score: ({ score }) => score });
      assert.equal(chosen.size, Math.min(count, candidates.length));
      const lowest = Math.min(...[...chosen].map(({ score }) => score));
      for (const candidate of candidates) assert.ok(chosen.has(candidate) || candidate.score <= lowest);
    }),
  );
});

test("members do not lose their seat to a slightly better one, but to a much better one", () => {
  // Series would come and go at every choice, each time a new one in the store, if this fails.
  const [a, b] = [{ score: 0.5 }, { score: 0.6 }];
  const options = { count: 1, members: new Set([a]), score: (candidate: { readonly score: number }) => candidate.score };
  assert.deepEqual(selectTop([a, b], options), new Set([a]));
  assert.deepEqual(selectTop([a, { score: 0.9 }], options), new Set([{ score: 0.9 }]));
});

test("two idle candidates keep their order of seats", () => {
  // All-idle machines would reshuffle their series if this fails.
  const [a, b] = [{ score: 0 }, { score: 0.001 }];
  const members = new Set([a]);
  assert.deepEqual(selectTop([b, a], { count: 1, members, score: ({ score }) => score }), members);
});
