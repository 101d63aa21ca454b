import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatLabels } from "../../core/labels.ts";
import { createMemoryReader, type MemoryReader } from "../promqltest/memory-reader.ts";
import { createQueryService } from "../service.ts";

type Samples = readonly (number | "stale" | null)[];
const minuteMs = 60_000;

function readerOf(series: Readonly<Record<string, Samples>>): MemoryReader {
  const reader = createMemoryReader();
  for (const [text, samples] of Object.entries(series)) {
    const [name = "", ...pairs] = text.split(" ");
    const labels = Object.fromEntries(pairs.map((pair) => pair.split("=")));
    for (const [index, value] of samples.entries()) {
      if (value !== null) reader.add({ __name__: name, ...labels }, index * 5 * minuteMs, value);
    }
  }
  return reader;
}

/** `labels → value at 0, 5 and 10 minutes`, for a query over the series. */
function rows(series: Readonly<Record<string, Samples>>, expr: string): Readonly<Record<string, Samples>> {
  const service = createQueryService(readerOf(series), { experimentalFunctions: true });
  const result = service.range(expr, 0, 10 * minuteMs, 5 * minuteMs);
  return Object.fromEntries(
    (result.type === "matrix" ? result.series : []).map(({ labels, timestampsMs, values }) => [
      formatLabels(labels),
      [0, 1, 2].map((step) => values[timestampsMs.indexOf(step * 5 * minuteMs)] ?? null),
    ]),
  );
}

const some = {
  "load instance=a job=1 own=yes": [0, 1, 2],
  "load instance=b job=1": [5, 5, 5],
  "target_info instance=a job=1 data=d own=no version=7": [1, 1, 1],
  "build_info instance=a job=1 commit=c0ffee": [1, 1, 1],
} as const;

// When these fail, a panel by version or by host shows the labels of another process, or loses series that have no info.
describe("labels of info metrics", () => {
  test("all labels of target_info, but for those the series has; series without info stay", () => {
    assert.deepEqual(rows(some, "info(load)"), {
      'load{data="d", instance="a", job="1", own="yes", version="7"}': [0, 1, 2],
      'load{instance="b", job="1"}': [5, 5, 5],
    });
  });

  test("selected labels; what must not be empty leaves series without info out", () => {
    assert.deepEqual(rows(some, 'info(load, {data=~".+"})'), {
      'load{data="d", instance="a", job="1", own="yes"}': [0, 1, 2],
    });
    assert.deepEqual(rows(some, 'info(load, {missing=~".*"})'), {
      'load{instance="a", job="1", own="yes"}': [0, 1, 2],
      'load{instance="b", job="1"}': [5, 5, 5],
    });
  });

  test("other and several info metrics, which themselves are left alone", () => {
    const names = rows(some, 'info({instance="a"}, {__name__=~".+_info"})');
    assert.deepEqual(Object.keys(names), [
      'build_info{commit="c0ffee", instance="a", job="1"}',
      'load{commit="c0ffee", data="d", instance="a", job="1", own="yes", version="7"}',
      'target_info{data="d", instance="a", job="1", own="no", version="7"}',
    ]);
    assert.deepEqual(Object.keys(rows(some, 'info(load{instance="a"}, {__name__="none"})')), [
      'load{instance="a", job="1", own="yes"}',
    ]);
  });

  test("names that are not meant, of info metrics only", () => {
    const own = 'instance="a", job="1", own="yes"';
    const others = rows(
      { ...some, "memory instance=a job=1 size=8": [1, 1, 1] },
      'info(load{own="yes"}, {__name__!="target_info"})',
    );
    assert.deepEqual(Object.keys(others), [`load{commit="c0ffee", ${own}}`]);
    const none = 'info(load{own="yes"}, {__name__!~".+_info", data=~"REQUIRED"})';
    assert.deepEqual(rows(some, none.replace("REQUIRED", ".+")), {});
    assert.deepEqual(Object.keys(rows(some, none.replace("REQUIRED", ".*"))), [`load{${own}}`]);
  });

  test("the newest info sample counts, at each step", () => {
    const changing = {
      "load instance=a job=1": [0, 1, 2],
      "target_info instance=a job=1 state=old": [1, 1, null],
      "target_info instance=a job=1 state=new": [null, null, 1],
    } as const;
    assert.deepEqual(rows(changing, "info(load)"), {
      'load{instance="a", job="1", state="old"}': [0, 1, null],
      'load{instance="a", job="1", state="new"}': [null, null, 2],
    });
  });

  test("info is looked up at the time of the samples, if that is one", () => {
    const changing = {
      "load instance=a job=1": [0, 1, 2],
      "target_info instance=a job=1 state=old": [1, 1, null],
      "target_info instance=a job=1 state=new": [null, null, 1],
    } as const;
    const statesOf = (expr: string): Readonly<Record<string, Samples>> => {
      const found = Object.entries(rows(changing, expr));
      return Object.fromEntries(found.map(([labels, samples]) => [/state="(\w+)"/.exec(labels)?.[1] ?? "none", samples]));
    };
    assert.deepEqual(statesOf("info(load @ 0)"), { old: [0, 0, 0] });
    assert.deepEqual(statesOf("info(load offset 5m)"), { old: [null, 0, 1] });
    assert.deepEqual(statesOf("info(-sum by (instance, job) (max_over_time((load offset 4m)[5m:1m] offset 1m)))"), {
      old: [null, -0, -1],
    });
    assert.deepEqual(statesOf("info(max_over_time(load[5m:1m] @ end()))"), { new: [2, 2, 2] });
    assert.deepEqual(statesOf("info(load @ 600 offset 10m + (load @ 0))"), { old: [0, 0, 0] });
    // Which time would be that of the result is not to be told, so it is that of the evaluation.
    const atEachStep = { old: [0, 0, null], new: [null, null, 0] };
    assert.deepEqual(statesOf("info(load @ 0 + 0 * load @ 300)"), atEachStep);
    assert.deepEqual(statesOf("info(load @ 0 or vector(1))"), { ...atEachStep, none: [1, 1, 1] });
    // A number is of no time.
    assert.deepEqual(statesOf("info(scalar(load @ 0) + load @ 600)"), { new: [2, 2, 2] });
  });

  test("contradictions are refused", () => {
    const twice = { ...some, "target_info instance=a job=1 data=other": [1, 1, 1] } as const;
    assert.throws(() => rows(twice, "info(load)"), {
      code: "QUERY_FAILED",
      message: /^found duplicate series for info metric/,
    });
    const conflict = { ...some, "build_info instance=a job=1 version=8": [1, 1, 1] } as const;
    const expr = 'info(load{own="yes"}, {__name__=~"(target|build)_info", version=~".+"})';
    assert.throws(() => rows(conflict, expr), { code: "QUERY_FAILED", message: "conflicting label: version" });
  });
});
