/** Counters of which it is known when their counting began, as scripts in Prometheus's notation. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "../promqltest/run-script.test-support.ts";
import { beganAnew } from "./start-times.ts";

function passes(script: string): void {
  const { failures, total } = runScript(script);
  assert.deepEqual(failures, []);
  assert.ok(total > 0);
}

// When these fail, restarts that the values do not show are missing in rates, or unchanged counters seem to restart.
test("a begin after the sample before is a reset, one before it or at an impossible time is none", () => {
  const before = { startMs: 500, timeMs: 1000 };
  const began = (startMs: number, last = before): boolean => beganAnew({ startMs, timeMs: 2000 }, last);
  assert.deepEqual(
    [0, 500, 999, 1000, 1001, 1999, 2000, 3000].map((startMs) => began(startMs)),
    [false, false, false, true, true, true, false, false],
  );
  // A counter whose begin nobody knows is said to have begun with the first sample seen.
  assert.deepEqual(
    [0, 1000, 1500].map((startMs) => began(1000, { startMs, timeMs: 1000 })),
    [false, false, false],
  );
});

test("a restart to the same value counts, and a counter that began within the range is not guessed back", () => {
  passes(`
load 1m
  restarts_total@st  _ -30s -90s -30s -90s
  restarts_total     _   10   20   20   30
  plain_total        _   10   20   20   30

eval instant at 4m increase(restarts_total[4m])
  expect no_warn
  {} 50

eval instant at 4m increase(plain_total[4m])
  {} 26.666666666666668

eval instant at 3m irate(restarts_total[4m])
  {} 0.3333333333333333

eval instant at 4m resets(restarts_total[5m])
  {} 1

eval instant at 4m increase(restarts_total[4m:1m])
  {} 26.666666666666668

eval instant at 4m start_timestamp(restarts_total)
  {} 150

eval instant at 4m start_timestamp(restarts_total * 1)
`);
});

test("one sample is enough where the counter began within the range", () => {
  passes(`
load 1m
  one_total@st _ -20s
  one_total    _ 6
  histogram@st _ -20s
  histogram    _ {{sum:12 count:6 buckets:[6]}}

eval instant at 1m increase(one_total[1m])
  {} 6

eval instant at 1m rate(histogram[1m])
  {} {{sum:0.2 count:0.1 buckets:[0.1]}}

eval instant at 1m increase(one_total[10s])
`);
});

test("restarts of histograms count", () => {
  passes(`
load 1m
  histogram@st  -1m -2m -10s
  histogram     {{sum:4 count:4 buckets:[4]}} {{sum:6 count:6 buckets:[6]}} {{sum:6 count:6 buckets:[6]}}

eval instant at 2m resets(histogram[3m])
  {} 1

eval instant at 2m irate(histogram[3m])
  {} {{sum:0.1 count:0.1 buckets:[0.1]}}
`);
});

test("samples that count from within each other are told", () => {
  passes(`
load 1m
  wrong_total@st _ -30s -100s
  wrong_total    _   10   20

eval instant at 2m rate(wrong_total[2m])
  expect warn msg: PromQL warning: sample has start time that overlaps with previous sample timestamp for metric "wrong_total" (1:6)
  {} 0.16666666666666666

eval instant at 2m irate(wrong_total[2m])
  expect no_warn
  {} 0.16666666666666666
`);
});
