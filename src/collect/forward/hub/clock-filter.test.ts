import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { offsetAfter } from "../../../core/clock-offset.ts";
import { ClockFilter } from "./clock-filter.ts";

const ms = fc.double({ min: 0, max: 5000, noNaN: true });
const beginMs = 1_764_000_000_000.25;

/** An agent's clock that is behind the hub's by `offsetMs` at the beginning, and loses `drift` of its own time on it. */
interface Clocks {
  readonly offsetMs: number;
  readonly drift: number;
}

const offsetOf = ({ offsetMs, drift }: Clocks, agentMs: number): number => offsetMs + drift * (agentMs - beginMs);

/** An exchange with the hub, read in whole ms on both sides; legs in ms of the agent's clock. */
function exchange(clocks: Clocks, sentMs: number, [there, work, back]: readonly [number, number, number]) {
  const [arrived, left, returned] = [sentMs + there, sentMs + there + work, sentMs + there + work + back];
  return {
    requestSentMs: Math.floor(sentMs),
    requestReceivedMs: Math.floor(arrived + offsetOf(clocks, arrived)),
    answerSentMs: Math.floor(left + offsetOf(clocks, left)),
    answerReceivedMs: Math.floor(returned),
  };
}

test("the true offset is within the error that is told, however unequal the ways and whatever the drift, then and before", () => {
  // If it fails, operators trust an offset that is wrong, or reorder events of two nodes by it.
  fc.assert(
    fc.property(
      fc.integer({ min: -600_000, max: 600_000 }),
      fc.double({ min: -450e-6, max: 450e-6, noNaN: true }),
      fc.array(fc.tuple(ms, ms, ms), { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 20_000, max: 600_000 }),
      (offsetMs, drift, exchanges, intervalMs) => {
        const filter = new ClockFilter();
        const clocks = { offsetMs, drift };
        let nowMs = beginMs;
        for (const legs of exchanges) {
          filter.add(exchange(clocks, nowMs, legs));
          nowMs += intervalMs;
        }
        const told = filter.offset(nowMs);
        assert.ok(told !== null);
        for (const agoMs of [0, 1000, 3_600_000]) {
          const then = offsetAfter(told, -agoMs);
          const truth = offsetOf(clocks, nowMs - agoMs);
          assert.ok(Math.abs(then.offsetMs - truth) <= then.errorMs, `${then.offsetMs} ± ${then.errorMs}, not ${truth}`);
        }
      },
    ),
  );
});

test("a clock that drifts by 100 ppm is told to some milliseconds between exchanges that are a minute apart", () => {
  // If it fails, spans of a machine without NTP have an error of 30 ms, or one that is not true.
  const filter = new ClockFilter();
  const clocks = { offsetMs: 700, drift: 100e-6 };
  for (let minute = 0; minute < 20; minute++) {
    filter.add(exchange(clocks, beginMs + 60_000 * minute, [1 + (minute % 3), 1, 1 + (minute % 5)]));
  }
  const nowMs = beginMs + 20 * 60_000 - 1;
  const told = filter.offset(nowMs);
  assert.ok(told?.drift !== undefined);
  assert.ok(Math.abs(told.offsetMs - offsetOf(clocks, nowMs)) <= told.errorMs);
  assert.ok(told.errorMs < 8, `± ${told.errorMs} ms`);
  assert.ok(Math.abs(told.drift.ppm - 100) <= told.drift.errorPpm && told.drift.errorPpm < 60, `${told.drift.errorPpm} ppm`);
});

test("a quick exchange outlives slow ones, an answer without times says nothing, and a clock that is set begins anew", () => {
  // If it fails, one slow exchange makes the offset uncertain, a proxy's answer makes it nonsense, or a step stays unseen for long.
  const steady = { offsetMs: 500, drift: 0 };
  const filter = new ClockFilter();
  filter.add({ requestSentMs: 0, requestReceivedMs: Number.NaN, answerSentMs: Number.NaN, answerReceivedMs: 1 });
  assert.equal(filter.offset(0), null);
  filter.add(exchange(steady, 1000, [2, 1, 2]));
  assert.ok(Math.abs((filter.offset(1005)?.offsetMs ?? 0) - 500) < 0.01);
  assert.ok((filter.offset(1005)?.errorMs ?? 9) < 3.01);
  filter.add(exchange(steady, 2000, [900, 1, 10]));
  assert.ok((filter.offset(3000)?.errorMs ?? 9) < 4.1);
  // A clock that was set back between request and answer.
  filter.add({ requestSentMs: 5000, requestReceivedMs: 5000, answerSentMs: 5000, answerReceivedMs: 1000 });
  assert.ok(Math.abs((filter.offset(5000)?.offsetMs ?? 0) - 500) < 3);
  filter.add(exchange({ offsetMs: -200, drift: 0 }, 6000, [2, 1, 2]));
  assert.ok(Math.abs((filter.offset(6005)?.offsetMs ?? 0) + 200) < 3.01);
});
