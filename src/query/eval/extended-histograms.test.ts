import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "../promqltest/run-script.test-support.ts";

const script = String.raw`
load 1m
  growing {{schema:0 count:1 sum:2 buckets:[1]}}+{{schema:0 count:2 sum:3 buckets:[2]}}x6
  reset {{schema:0 count:4 sum:4 buckets:[4]}} {{schema:0 count:6 sum:6 buckets:[6]}} {{schema:0 count:2 sum:2 buckets:[2]}} {{schema:0 count:4 sum:4 buckets:[4]}}
  level {{schema:0 count:5 sum:5 buckets:[5] counter_reset_hint:gauge}} {{schema:0 count:3 sum:3 buckets:[3] counter_reset_hint:gauge}}
  mixed 1 2 {{schema:0 count:2 sum:2 buckets:[2]}}
  schemas {{schema:0 count:4 sum:4 buckets:[4]}} {{schema:-53 count:6 sum:6 custom_values:[5] buckets:[6]}}

eval instant at 5m increase(growing[2m] anchored)
  {} {{schema:0 count:4 sum:6 buckets:[4] counter_reset_hint:gauge}}

eval instant at 4m30s increase(growing[2m] smoothed)
  {} {{schema:0 count:4 sum:6 buckets:[4] counter_reset_hint:gauge}}

eval instant at 4m30s rate(growing[100s] smoothed)
  {} {{schema:0 count:0.033333333333 sum:0.05 buckets:[0.033333333333] counter_reset_hint:gauge}}

# 6 − 4 before the reset, 2 after it, 2 more.
eval instant at 3m increase(reset[3m] anchored)
  {} {{schema:0 count:6 sum:6 buckets:[6] counter_reset_hint:gauge}}

# Half of what came after the reset, which lies between the two samples around the start.
eval instant at 3m increase(reset[90s] smoothed)
  {} {{schema:0 count:3 sum:3 buckets:[3] counter_reset_hint:gauge}}

eval instant at 1m delta(level[1m] anchored)
  expect no_warn
  {} {{schema:0 count:-2 sum:-2 buckets:[-2] counter_reset_hint:gauge}}

eval instant at 1m delta(growing[1m] anchored)
  expect warn msg: PromQL warning: this native histogram metric is not a gauge: "growing" (1:7)
  {} {{schema:0 count:2 sum:3 buckets:[2] counter_reset_hint:gauge}}

eval instant at 1m increase(level[1m] anchored)
  expect warn regex: not a counter: "level"
  {} {{schema:0 count:3 sum:3 buckets:[3] counter_reset_hint:gauge}}

eval instant at 2m increase(mixed[2m] anchored)
  expect warn regex: mix of histograms and floats for metric name "mixed"

eval instant at 1m increase(schemas[1m] anchored)
  expect warn regex: mix of histograms with exponential and custom buckets

eval instant at 3m resets(reset[3m] anchored)
  {} 1

eval instant at 2m changes(mixed[2m] anchored)
  {} 2

eval instant at 90s growing smoothed
  growing {{schema:0 count:4 sum:6.5 buckets:[4]}}

# Without a next one the newest; at a sample's time the sample.
eval instant at 7m reset smoothed
  reset {{schema:0 count:4 sum:4 buckets:[4]}}

eval instant at 1m reset smoothed
  reset {{schema:0 count:6 sum:6 buckets:[6]}}

# A counter that was reset begins with nothing, a gauge does not.
eval instant at 1m30s reset smoothed
  reset {{schema:0 count:1 sum:1 buckets:[1]}}

eval instant at 30s level smoothed
  expect no_warn
  level {{schema:0 count:4 sum:4 buckets:[4] counter_reset_hint:gauge}}

eval instant at 30s mixed smoothed
  expect warn regex: mix of histograms and floats for metric name "mixed"

eval instant at 30s schemas smoothed
  expect warn regex: mix of histograms with exponential and custom buckets

eval range from 0 to 1m step 30s growing smoothed
  growing {{schema:0 count:1 sum:2 buckets:[1]}} {{schema:0 count:2 sum:3.5 buckets:[2]}} {{schema:0 count:3 sum:5 buckets:[3]}}
`;

// When this fails, an increase of native histograms over an extended range counts resets twice, or mixes what does not fit together.
test("extended ranges of native histograms", () => {
  const { passed, total, failures } = runScript(script);
  assert.deepEqual(failures, []);
  assert.equal(passed, total);
  assert.ok(total > 10);
});
