/** Queries of native histograms, as scripts in Prometheus's notation. What Prometheus itself tests is in its own scripts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "../promqltest/run-script.test-support.ts";

/** Fails with what was wrong; each query runs in all ways that must give the same. */
function passes(script: string): void {
  const { failures, total } = runScript(script);
  assert.deepEqual(failures, []);
  assert.ok(total > 0);
}

// When these fail, charts of native histograms show what was not observed.
test("rate and increase count over resets and are extended to the range's edges", () => {
  passes(`
load 1m
  grows {{sum:2 count:2 buckets:[1 1]}}+{{sum:6 count:6 buckets:[2 4]}}x4
  falls {{sum:9 count:9 buckets:[9]}} {{sum:4 count:4 buckets:[4]}} {{sum:6 count:6 buckets:[6]}}

eval instant at 4m increase(grows[4m])
  expect no_warn
  expect no_info
  {} {{sum:24 count:24 buckets:[8 16]}}

eval instant at 4m rate(grows[4m])
  {} {{sum:0.1 count:0.1 buckets:[0.03333333333333333 0.06666666666666667]}}

eval instant at 4m irate(grows[4m])
  {} {{sum:0.1 count:0.1 buckets:[0.03333333333333333 0.06666666666666667] counter_reset_hint:gauge}}

eval instant at 2m irate(falls[2m])
  {} {{sum:0.03333333333333333 count:0.03333333333333333 buckets:[0.03333333333333333]}}

eval instant at 1m irate(falls[2m])
  {} {{sum:0.06666666666666667 count:0.06666666666666667 buckets:[0.06666666666666667]}}

eval instant at 2m histogram_count(increase(falls[3m]))
  {} 9

eval instant at 2m resets(falls[3m])
  {} 1

eval instant at 2m changes(falls[3m])
  {} 2
`);
});

test("delta is for gauges and rate is for counters, and a query says so", () => {
  passes(`
load 1m
  level {{sum:4 count:4 buckets:[4] counter_reset_hint:gauge}} {{sum:1 count:1 buckets:[1] counter_reset_hint:gauge}}
  total {{sum:1 count:1 buckets:[1]}} {{sum:4 count:4 buckets:[4]}}

eval instant at 1m idelta(level[2m])
  expect no_warn
  {} {{sum:-3 count:-3 buckets:[-3]}}

eval instant at 1m idelta(total[2m])
  expect warn msg: PromQL warning: this native histogram metric is not a gauge: "total" (1:8)
  {} {{sum:3 count:3 buckets:[3]}}

eval instant at 1m histogram_sum(rate(level[2m]))
  expect warn msg: PromQL warning: this native histogram metric is not a counter: "level" (1:20)
  {} 0.016666666666666666
`);
});

test("numbers and histograms are not added to each other", () => {
  passes(`
load 1m
  mix{of="number"} 3
  mix{of="histogram"} {{sum:4 count:2 buckets:[2]}}
  turns 1 {{sum:4 count:2 buckets:[2]}}

eval instant at 0 sum(mix)
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for aggregation (1:5)

eval instant at 0 sum by (of) (mix)
  expect no_warn
  {of="number"} 3
  {of="histogram"} {{sum:4 count:2 buckets:[2]}}

eval instant at 0 max(mix)
  expect info msg: PromQL info: ignored histogram in max aggregation (1:5)
  {} 3

eval instant at 0 count(mix)
  expect no_info
  {} 2

eval instant at 0 sort(mix)
  mix{of="number"} 3

eval instant at 0 limitk(5, mix)
  mix{of="number"} 3
  mix{of="histogram"} {{sum:4 count:2 buckets:[2]}}

eval instant at 0 count_values("shown", mix)
  {shown="3"} 1
  {shown="{count:2, sum:4, (0.5,1]:2}"} 1

eval instant at 1m sum_over_time(turns[2m])
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "turns" (1:15)

eval instant at 1m max_over_time(turns[2m])
  expect info msg: PromQL info: ignored histograms in a range containing both floats and histograms for metric name "turns" (1:15)
  {} 1

eval instant at 1m last_over_time(turns[2m])
  turns {{sum:4 count:2 buckets:[2]}}

eval instant at 1m count_over_time(turns[2m])
  {} 2
`);
});

test("operators between histograms, and between histograms and numbers", () => {
  passes(`
load 1m
  a {{sum:4 count:3 buckets:[1 2]}}
  b {{sum:6 count:5 buckets:[2 3]}}
  custom {{schema:-53 sum:6 count:5 custom_values:[1] buckets:[2 3]}}

eval instant at 0 a + b
  {} {{sum:10 count:8 buckets:[3 5]}}

eval instant at 0 b - a
  {} {{sum:2 count:2 buckets:[1 1]}}

eval instant at 0 a * 2 == 2 * a
  {} {{sum:8 count:6 buckets:[2 4]}}

eval instant at 0 -a
  {} {{sum:-4 count:-3 buckets:[-1 -2]}}

eval instant at 0 a / 2
  {} {{sum:2 count:1.5 buckets:[0.5 1]}}

eval instant at 0 a * b
  expect info msg: PromQL info: incompatible sample types encountered for binary operator "*": histogram * histogram (1:1)

eval instant at 0 a + 1
  expect info msg: PromQL info: incompatible sample types encountered for binary operator "+": histogram + float (1:1)

eval instant at 0 a > b
  expect info msg: PromQL info: incompatible sample types encountered for binary operator ">": histogram > histogram (1:1)

eval instant at 0 a == bool b
  {} 0

eval instant at 0 a != b
  a {{sum:4 count:3 buckets:[1 2]}}

eval instant at 0 a + custom
  expect warn msg: PromQL warning: incompatible bucket layout encountered for binary operator + (1:1)

eval instant at 0 a and b
  a {{sum:4 count:3 buckets:[1 2]}}

eval instant at 0 a atan2 2
  expect info msg: PromQL info: incompatible sample types encountered for binary operator "atan2": histogram atan2 float (1:1)
`);
});

test("cutting at a number", () => {
  passes(`
load 1m
  custom {{schema:-53 sum:50 count:20 custom_values:[10 20] buckets:[8 8 4]}}
  number 5

eval instant at 0 custom </ 15
  custom {{schema:-53 sum:90 count:12 custom_values:[10 20] buckets:[8 4]}}

eval instant at 0 custom >/ 20
  custom {{schema:-53 sum:80 count:4 custom_values:[10 20] offset:2 buckets:[4]}}

eval instant at 0 histogram_count(custom >/ +Inf)
  {} 0

eval instant at 0 custom </ scalar(number * 4)
  custom {{schema:-53 sum:160 count:16 custom_values:[10 20] buckets:[8 8]}}

eval instant at 0 number </ 2
  expect info msg: PromQL info: incompatible sample types encountered for binary operator "</": float </ float (1:1)
`);
});

test("quantiles and shares", () => {
  passes(`
load 1m
  seconds {{schema:0 sum:50 count:8 buckets:[0 4 4]}}
  seconds_custom {{schema:-53 sum:50 count:8 custom_values:[2 4] buckets:[4 4]}}
  odd {{schema:0 sum:NaN count:10 buckets:[0 4 4]}}

eval instant at 0 histogram_quantile(0.5, seconds)
  {} 2

eval instant at 0 histogram_quantile(0.75, seconds_custom)
  {} 3

eval instant at 0 histogram_fraction(1, 2, seconds)
  {} 0.5

eval instant at 0 histogram_quantiles(seconds, "q", 0.5, 1)
  {q="0.5"} 2
  {q="1.0"} 4

eval instant at 0 histogram_quantiles(seconds, "\\xff", 0.5)
  expect fail

eval instant at 0 histogram_avg(seconds)
  {} 6.25

eval instant at 0 histogram_quantile(2, seconds)
  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2 (1:20)
  {} +Inf

eval instant at 0 histogram_quantile(1, odd)
  expect info msg: PromQL info: input to histogram_quantile has NaN observations, result is NaN for metric name "odd" (1:20)
  {} NaN

eval instant at 0 histogram_fraction(0, 4, odd)
  expect info msg: PromQL info: input to histogram_fraction has NaN observations, which are excluded from all fractions for metric name "odd" (1:20)
  {} 0.8
`);
});

test("classic and native buckets of one histogram contradict each other", () => {
  passes(`
load 1m
  both {{schema:0 sum:50 count:8 buckets:[0 4 4]}}
  both{le="1"} 4
  both{le="+Inf"} 8

eval instant at 0 histogram_quantile(0.5, both)
  expect warn msg: PromQL warning: vector contains a mix of classic and native histograms for metric name "both" (1:25)
`);
});

test("different custom bounds are brought to the common ones", () => {
  passes(`
load 1m
  bounds{n="1"} {{schema:-53 sum:6 count:6 custom_values:[1 2 4] buckets:[1 2 2 1]}}
  bounds{n="2"} {{schema:-53 sum:9 count:9 custom_values:[1 4 8] buckets:[2 3 2 2]}}

eval instant at 0 sum(bounds)
  expect info msg: PromQL info: mismatched custom buckets were reconciled during aggregation (1:5)
  {} {{schema:-53 sum:15 count:15 custom_values:[1 4] buckets:[3 7 5]}}

eval instant at 0 avg(bounds)
  expect info msg: PromQL info: mismatched custom buckets were reconciled during aggregation (1:5)
  {} {{schema:-53 sum:7.5 count:7.5 custom_values:[1 4] buckets:[1.5 3.5 2.5]}}
`);
});

test("where only counts and sums are asked for, resets are found while reading", () => {
  passes(`
load 1m
  reset{timing="late"} {{count:0}} {{sum:1 count:1}} {{sum:2 count:2}} {{sum:3 count:3}} {{count:0}} {{sum:1 count:1}}
  reset{timing="early"} {{sum:3 count:3}} {{sum:1 count:1}} {{sum:2 count:2}} {{sum:3 count:3}} {{sum:4 count:4}} {{sum:5 count:5}}

eval instant at 5m histogram_count(sum_over_time(reset{timing="late"}[10m]))
  expect warn msg: PromQL warning: conflicting counter resets during histogram aggregation (1:31)
  {timing="late"} 7

eval instant at 4m histogram_sum(sum(reset))
  expect warn msg: PromQL warning: conflicting counter resets during histogram aggregation (1:19)
  {} 4

eval instant at 5m histogram_count(sum_over_time(reset{timing="late"}[10m:1m]))
  expect no_warn
  {timing="late"} 7
`);
});
