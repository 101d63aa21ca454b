/** Prometheus's own test scripts against the evaluator: every one of them passes completely, in all ways of running it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { sharedFolder } from "../../test/support/shared-files.ts";
import { otherTimesMs, pinnedTo } from "./promqltest/at-modifier.test-support.ts";
import { runScript } from "./promqltest/run-script.test-support.ts";

const { path: folder, skip } = sharedFolder("cases/promql");

/** How many queries each script has, so that none is lost on the way. */
const totals: Readonly<Record<string, number>> = {
  "aggregators.test": 160,
  "functions.test": 431,
  "literals.test": 25,
  "name_label_dropping.test": 30,
  "operators.test": 214,
  "selectors.test": 31,
  "staleness.test": 17,
  "subquery.test": 34,
};

// When this fails, a query gives another answer than Prometheus: dashboards and alert rules of operators are wrong.
describe("Prometheus test scripts", () => {
  test("every script is in the table", { skip }, () => {
    assert.deepEqual(readdirSync(folder).sort(), Object.keys(totals));
  });

  for (const [name, total] of Object.entries(totals)) {
    test(name, { skip }, (context) => {
      const { passed, failures, ...report } = runScript(readFileSync(join(folder, name), "utf8"));
      context.diagnostic(`${name}: ${passed} of ${report.total} queries pass`);
      assert.deepEqual(failures, []);
      assert.equal(report.total, total);
    });
  }
});

// When this fails, the runner lets wrong answers pass and the table above means nothing.
describe("the script runner", () => {
  const report = (lines: string): readonly string[] => runScript(lines).failures.map(({ message }) => message);
  const first = (lines: string): string => report(lines)[0] ?? "no failure";
  const data = 'load 1m\n  up{job="a"} 1 2 3\n\n';
  const histograms = "load 1m\n  h {{schema:0 count:3 sum:4 buckets:[1 2]}}+{{count:1 sum:1 buckets:[1]}}x2\n\n";

  test("reports a wrong value, a missing and an unexpected element", () => {
    assert.match(first(`${data}eval instant at 1m up\n  up{job="a"} 3\n`), /got 2 at 60000 ms, expected 3/);
    assert.match(first(`${data}eval instant at 1m up\n  up{job="a"} 2\n  up{job="b"} 2\n`), /missing up\{job="b"\}/);
    assert.match(first(`${data}eval instant at 1m up\n`), /unexpected up\{job="a"\} = 2/);
    assert.match(first(`${data}eval range from 0 to 2m step 1m up\n  up{job="a"} 1 _ 3\n`), /expected null/);
  });

  test("reports expectations that do not hold", () => {
    assert.match(first(`${data}eval instant at 1m up\n  expect fail\n  up{job="a"} 2\n`), /did not fail/);
    assert.match(
      first(`${data}eval instant at 1m rate(up[2m])\n  expect no_info\n  {job="a"} 0.016666666\n`),
      /unexpected info/,
    );
    assert.match(first(`${data}eval instant at 1m up\n  expect warn\n  up{job="a"} 2\n`), /missing warn/);
    assert.match(first(`${data}eval instant at 0 sum(up) +\n  expect fail msg: no\n`), /another message/);
    assert.match(first('eval instant at 0 "a"\n  expect string "b"\n'), /got the string "a"/);
  });

  test("reports notes that are not among the expected ones", () => {
    const both = "load 1m\n  a 0 1 2\n  b 0 1 2\n\n";
    const query = "eval instant at 2m rate(a[3m]) + on() rate(b[3m])\n";
    const noteOf = (name: string): string =>
      `  expect info regex: .*name does not end in _total/_sum/_count/_bucket: "${name}".*\n`;
    assert.deepEqual(report(`${both}${query}${noteOf("a")}${noteOf("b")}  {} 0.0222222222\n`), []);
    assert.match(first(`${both}${query}${noteOf("a")}  {} 0.0222222222\n`), /unexpected info: .*"b"/);
  });

  test("compares histograms by what they count, and hints where they are written out", () => {
    const query = `${histograms}eval instant at 1m h\n`;
    assert.deepEqual(report(`${query}  h {{count:4 sum:5 buckets:[2 2 0]}}\n`), []);
    assert.match(
      first(`${query}  h {{count:4 sum:5 buckets:[2 1]}}\n`),
      /got \{\{.*buckets:\[2 2\].*expected .*buckets:\[2 1\]/,
    );
    assert.match(first(`${query}  h {{count:4 sum:5 offset:1 buckets:[2 2]}}\n`), /expected/);
    assert.match(first(`${query}  h 4\n`), /expected 4/);
    assert.deepEqual(report(`${query}  h {{count:4 sum:5 buckets:[2 2] counter_reset_hint:not_reset}}\n`), []);
    assert.match(first(`${query}  h {{count:4 sum:5 buckets:[2 2] counter_reset_hint:gauge}}\n`), /expected/);
  });

  test("evaluates instant queries at other times too", () => {
    const text = "up + max_over_time(up[5m] offset 1m) - sum_over_time(rate(up[1m])[5m:1m]) + up @ 7";
    assert.equal(
      pinnedTo(text, 60_000),
      "up @ 60.000 + max_over_time(up[5m] @ 60.000 offset 1m) - sum_over_time(rate(up[1m])[5m:1m] @ 60.000) + up @ 7.000",
    );
    assert.deepEqual(
      ["time()", "sum(timestamp(up))", "up +"].map((query) => pinnedTo(query, 0)),
      [null, null, null],
    );
    assert.deepEqual(otherTimesMs(60_000), [-600_000, 0, 12_000, 60_000, 600_000]);
  });

  test("converts classic histograms to native ones", () => {
    const classic =
      'load_with_nhcb 1m\n  r_bucket{le="1"} 2\n  r_bucket{le="5"} 5\n  r_bucket{le="+Inf"} 6\n  r_count 6\n  r_sum 20\n\n';
    const native = "{{schema:-53 count:6 sum:20 custom_values:[1 5] buckets:[2 3 1]}}";
    assert.deepEqual(report(`${classic}eval instant at 0 r\n  r ${native}\n\neval instant at 0 r_count\n  r_count 6\n`), []);
  });

  test("counts what it does not understand as failed, and goes on", () => {
    const { passed, total, failures } = runScript(
      `${data}nonsense 1m\n\neval instant at 1m up\n  up{job="a"} 2\n\neval instant at 1m up\n  up{job="a"} {{what:1}}\n`,
    );
    assert.deepEqual({ passed, total }, { passed: 1, total: 3 });
    assert.deepEqual(
      failures.map(({ line, message }) => [line, message]),
      [
        [4, "not understood: unknown command"],
        [10, 'not understood: unknown histogram field "what:1"'],
      ],
    );
  });
});
