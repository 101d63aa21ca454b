import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClockFilter } from "./clock-filter.ts";

const ms = fc.double({ min: 0, max: 5000, noNaN: true });

/** An exchange with a hub whose clock is `offsetMs` ahead, read in whole ms on both sides. */
function exchange(sentMs: number, offsetMs: number, [there, work, back]: readonly [number, number, number]) {
  const [arrived, left, returned] = [sentMs + there, sentMs + there + work, sentMs + there + work + back];
  return {
    requestSentMs: Math.floor(sentMs),
    requestReceivedMs: Math.floor(arrived + offsetMs),
    answerSentMs: Math.floor(left + offsetMs),
    answerReceivedMs: Math.floor(returned),
  };
}

test("the true offset is within the error that is told, however unequal the ways there and back are", () => {
  // If it fails, operators trust an offset that is wrong, or reorder events of two nodes by it.
  fc.assert(
    fc.property(
      fc.integer({ min: -600_000, max: 600_000 }),
      fc.array(fc.tuple(ms, ms, ms), { minLength: 1, maxLength: 20 }),
      (offsetMs, exchanges) => {
        const filter = new ClockFilter();
        let nowMs = 1_764_000_000_000.25;
        for (const legs of exchanges) {
          filter.add(exchange(nowMs, offsetMs, legs));
          nowMs += 60_000;
        }
        const told = filter.offset(nowMs);
        assert.ok(told !== null);
        assert.ok(Math.abs(told.offsetMs - offsetMs) <= told.errorMs, `${told.offsetMs} ± ${told.errorMs}, not ${offsetMs}`);
      },
    ),
  );
});

test("the quickest of the last exchanges decides, and an answer without times says nothing", () => {
  // If it fails, one slow exchange makes the offset uncertain, or a proxy's answer makes it nonsense.
  const filter = new ClockFilter();
  filter.add({ requestSentMs: 0, requestReceivedMs: Number.NaN, answerSentMs: Number.NaN, answerReceivedMs: 1 });
  assert.equal(filter.offset(0), null);
  filter.add(exchange(1000, 500, [2, 1, 2]));
  filter.add(exchange(2000, 500, [900, 1, 10]));
  assert.deepEqual(filter.offset(1005), { offsetMs: 500, errorMs: 3 });
  // A clock that was set back between request and answer.
  filter.add({ requestSentMs: 5000, requestReceivedMs: 5000, answerSentMs: 5000, answerReceivedMs: 1000 });
  assert.equal(filter.offset(1005)?.offsetMs, 500);
});
