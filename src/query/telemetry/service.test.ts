import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TelemetryReader } from "../../core/telemetry-reader.ts";
import { logOf, spanOf, telemetryLab } from "../../store/beside/telemetry.test-support.ts";
import { parseQuery } from "../parser/parser.ts";
import { selectorsOf } from "./selectors.ts";
import { createTelemetryService } from "./service.ts";

const everything = { fromNs: 0n, toNs: 2n ** 64n };
const page = { limit: 10, cursor: null };

describe("createTelemetryService", () => {
  test("opens nothing before the first call, and once for all", () => {
    // A node without traces would pay for them in every query thread.
    using lab = telemetryLab();
    let opened = 0;
    const open = (): TelemetryReader => {
      opened++;
      return lab.reader;
    };
    const service = createTelemetryService({ open });
    assert.equal(opened, 0);
    service.traces(everything, page);
    service.logs(everything, page);
    assert.equal(opened, 1);
  });

  test("ends when nobody waits any more, and when it takes too long", () => {
    // A search through months would hold the queries of all users.
    using lab = telemetryLab();
    lab.store.addSpans([spanOf()]);
    lab.store.addLogs([logOf()]);
    const gone = { aborted: true };
    const service = createTelemetryService({ open: () => lab.reader });
    const calls: readonly ((signal: typeof gone) => unknown)[] = [
      (signal) => service.traces(everything, page, signal),
      (signal) => service.trace(spanOf().traceId, 10, signal),
      (signal) => service.traceJson(spanOf().traceId, 10, signal),
      (signal) => service.traceAnalysis(spanOf().traceId, "n", signal),
      (signal) => service.windowAnalysis({ ...everything, kind: "transaction", recent: 1 }, "n", signal),
      (signal) => service.logs(everything, page, signal),
      (signal) => service.operations(signal),
    ];
    for (const call of calls) assert.throws(() => call(gone), { code: "CANCELLED" });
    let nowMs = 0;
    const slow = createTelemetryService({
      open: () => lab.reader,
      clock: { nowMs: () => 0, monotonicMs: () => (nowMs += 20_000) },
    });
    assert.throws(() => slow.logs(everything, page), { code: "QUERY_TIMEOUT" });
  });

  test("an exemplar's series are those of every selector in the expression", () => {
    // The exemplars of a panel would be missing, or those of another metric.
    const expr = 'sum(rate(a_bucket{le="1"}[5m])) / on () b offset 5m > bool max_over_time((c or {d=~"e+"})[1h:1m]) + 1';
    const names = selectorsOf(parseQuery(expr)).map((set) => set.map(({ name, operator, value }) => name + operator + value));
    assert.deepEqual(names, [["__name__=a_bucket", "le=1"], ["__name__=b"], ["__name__=c"], ["d=~e+"]]);
    using lab = telemetryLab();
    const service = createTelemetryService({ open: () => lab.reader });
    assert.deepEqual(service.exemplars("1 + 1", 0, 1), { series: [], warnings: [] });
    assert.throws(() => service.exemplars("sum(", 0, 1), { code: "QUERY_SYNTAX" });
  });
});
