import assert from "node:assert/strict";
import { test } from "node:test";
import type { TelemetryReader, TraceSummary } from "../../core/telemetry-reader.ts";
import { analyseWindow } from "./window-analysis.ts";

/** A store of so many empty traces, and how many of them were listed. */
function storeOf(count: number) {
  const counts = { listed: 0, read: 0 };
  const unused = (): never => assert.fail("it is not asked for");
  const reader: TelemetryReader = {
    traces(_filter, { limit, cursor }) {
      const from = Number(cursor ?? 0);
      const ids = Array.from({ length: Math.min(limit, count - from) }, (_, index) => String(from + index));
      counts.listed += ids.length;
      const items = ids.map((traceId) => ({ cursor: traceId, item: summaryOf(traceId) }));
      return { items, next: ids.length < limit ? null : String(from + limit) };
    },
    eachTrace(traceIds, _wish, _allowance, visit) {
      for (const traceId of traceIds) {
        counts.read++;
        if (!visit({ summary: summaryOf(traceId), spans: [] })) return;
      }
    },
    trace: unused,
    columns: unused,
    spans: unused,
    operations: unused,
    logs: unused,
    exemplars: unused,
    metadata: unused,
    events: unused,
    close: unused,
  };
  return { counts, reader };
}

function summaryOf(traceId: string): TraceSummary {
  const operation = { service: "geth", name: "transaction" };
  return { traceId, startNs: 0n, endNs: 0n, spans: 0, errors: 0, root: operation, first: operation, services: [] };
}

test("no more traces are listed than are looked at, but the one that says that there are more", () => {
  // On a busy node the page would take twice as long, to say of how many thousands the two thousand are.
  const allowance = { check: () => undefined, isLate: () => false, note: () => assert.fail("nothing is left out") };
  const wish = { fromNs: 0n, toNs: 1n, kind: "transaction", recent: 0 } as const;
  const told = [0, 3, 2000, 2001, 9000].map((count) => {
    const { counts, reader } = storeOf(count);
    const { analysed, of, isMore } = analyseWindow(wish, { nowMs: 0, ownNode: null }, reader, allowance);
    return [counts.listed, counts.read, analysed, of, isMore];
  });
  assert.deepEqual(told, [
    [0, 0, 0, 0, false],
    [3, 3, 3, 3, false],
    [2000, 2000, 2000, 2000, false],
    [2001, 2000, 2000, 2000, true],
    [2001, 2000, 2000, 2000, true],
  ]);
});
