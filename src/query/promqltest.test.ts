/** Prometheus's own test scripts against the evaluator. The table below is a ratchet: a number may only rise. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { sharedFolder } from "../../test/support/shared-files.ts";
import { runScript } from "./promqltest/run-script.test-support.ts";

const { path: folder, skip } = sharedFolder("cases/promql");

/**
 * How many of a script's queries pass; each also as the middle step of a range query. All that are missing touch native
 * histograms, which the store does not carry yet.
 */
const expected: Readonly<Record<string, { readonly passed: number; readonly total: number }>> = {
  "aggregators.test": { passed: 125, total: 160 },
  "functions.test": { passed: 326, total: 431 },
  "literals.test": { passed: 25, total: 25 },
  "name_label_dropping.test": { passed: 30, total: 30 },
  "operators.test": { passed: 142, total: 214 },
  "selectors.test": { passed: 31, total: 31 },
  "staleness.test": { passed: 17, total: 17 },
  "subquery.test": { passed: 32, total: 34 },
};

// When this fails, a query gives another answer than Prometheus: dashboards and alert rules of operators are wrong.
describe("Prometheus test scripts", () => {
  test("every script is in the table", { skip }, () => {
    assert.deepEqual(readdirSync(folder).sort(), Object.keys(expected));
  });

  for (const [name, wanted] of Object.entries(expected)) {
    test(name, { skip }, (context) => {
      const { passed, total, failures } = runScript(readFileSync(join(folder, name), "utf8"));
      context.diagnostic(`${name}: ${passed} of ${total} queries pass`);
      const unexplained = failures.filter(({ message }) => !message.startsWith("QUERY_UNSUPPORTED: native histograms"));
      assert.deepEqual(unexplained, []);
      assert.deepEqual({ passed, total }, wanted, "more: raise the number in the table, so that it stays up");
    });
  }
});

// When this fails, the runner lets wrong answers pass and the table above means nothing.
describe("the script runner", () => {
  const report = (lines: string): readonly string[] => runScript(lines).failures.map(({ message }) => message);
  const data = 'load 1m\n  up{job="a"} 1 2 3\n\n';

  test("reports a wrong value, a missing and an unexpected element", () => {
    assert.match(report(`${data}eval instant at 1m up\n  up{job="a"} 3\n`)[0] ?? "", /got 2 at 60000 ms, expected 3/);
    assert.match(report(`${data}eval instant at 1m up\n  up{job="a"} 2\n  up{job="b"} 2\n`)[0] ?? "", /missing up\{job="b"\}/);
    assert.match(report(`${data}eval instant at 1m up\n`)[0] ?? "", /unexpected up\{job="a"\} = 2/);
    assert.match(report(`${data}eval range from 0 to 2m step 1m up\n  up{job="a"} 1 _ 3\n`)[0] ?? "", /expected null/);
  });

  test("reports expectations that do not hold", () => {
    assert.match(report(`${data}eval instant at 1m up\n  expect fail\n  up{job="a"} 2\n`)[0] ?? "", /did not fail/);
    assert.match(
      report(`${data}eval instant at 1m rate(up[2m])\n  expect no_info\n  {job="a"} 0.016666666\n`)[0] ?? "",
      /unexpected info/,
    );
    assert.match(report(`${data}eval instant at 1m up\n  expect warn\n  up{job="a"} 2\n`)[0] ?? "", /missing warn/);
    assert.match(report(`${data}eval instant at 0 sum(up) +\n  expect fail msg: no\n`)[0] ?? "", /another message/);
    assert.match(report('eval instant at 0 "a"\n  expect string "b"\n')[0] ?? "", /got the string "a"/);
  });

  test("counts what is not built yet as failed, also where a failure is expected", () => {
    const histograms = "load 1m\n  h {{count:1}}\n\n";
    assert.match(report(`${histograms}eval instant at 0 h\n  expect fail\n`)[0] ?? "", /^QUERY_UNSUPPORTED/);
    assert.match(report(`${histograms}eval instant at 0 sum(h)\n`)[0] ?? "", /^QUERY_UNSUPPORTED/);
  });
});
