/** What hostile senders of spans do to the API that pages and people ask: nothing. The pages themselves are in browser/traces.test.ts. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { spanFlags, type SpanColumns, type SpanColumnsJson } from "../../src/core/span-columns.ts";
import { columnsFromJson } from "../../src/core/trace/columns-json.ts";
import type { TraceAnalysis } from "../../src/query/telemetry/trace-analysis.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";
import { getJson } from "../e2e/support/doors.ts";

interface HostileSpan {
  readonly id: string;
  readonly parent?: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes?: Readonly<Record<string, string>>;
}

const nowNs = BigInt(Date.now()) * 1_000_000n;
const secondNs = 1_000_000_000n;
const in2100Ns = BigInt(Date.UTC(2100, 0, 1)) * 1_000_000n;
const spanId = (id: string): string => id.repeat(16);
const at = (startNs: bigint, durationNs = secondNs): Pick<HostileSpan, "startNs" | "endNs"> => ({
  startNs,
  endNs: startNs + durationNs,
});

describe("hostile spans", () => {
  let server: RunningServer;
  before(async () => {
    server = await startChainPulse();
  });
  after(() => server?.stop());

  const send = async (traceId: string, spans: readonly HostileSpan[]): Promise<void> => {
    const told = spans.map(({ id, parent, startNs, endNs, attributes = {} }) => ({
      traceId,
      spanId: spanId(id),
      parentSpanId: parent === undefined ? "" : spanId(parent),
      name: `span ${id}`,
      startTimeUnixNano: String(startNs),
      endTimeUnixNano: String(endNs),
      attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    }));
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "hostile" } }] };
    const answer = await fetch(`${server.origin}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: told }] }] }),
    });
    assert.equal(answer.status, 200, await answer.text());
  };
  const url = (traceId: string, what = ""): string => `${server.origin}/api/v1/performance/traces/${traceId}${what}`;
  const columnsOf = async (traceId: string): Promise<SpanColumns> =>
    columnsFromJson((await getJson<{ readonly columns: SpanColumnsJson }>(url(traceId, "/columns"))).columns);
  const analysisOf = (traceId: string): Promise<TraceAnalysis> => getJson(url(traceId, "/analysis"));
  /** Of each row, in the order of rows. */
  const flagged = ({ flags }: SpanColumns, flag: number): readonly boolean[] => Array.from(flags, (own) => (own & flag) !== 0);

  it("in a circle, or without the parent that they name, become a tree that says so", async () => {
    // If it fails, one trace hangs every page that draws it, or the server.
    const traceId = "c1".repeat(16);
    await send(traceId, [
      { id: "a", parent: "c", ...at(nowNs) },
      { id: "b", parent: "a", ...at(nowNs + 1n) },
      { id: "c", parent: "b", ...at(nowNs + 2n) },
      { id: "d", parent: "d", ...at(nowNs + 3n) },
      { id: "e", parent: "f", ...at(nowNs + 4n) },
    ]);
    const columns = await columnsOf(traceId);
    assert.equal(columns.parent.length, 5);
    for (let row = 0; row < 5; row++) {
      const seen = new Set<number>();
      for (let up = row; up !== -1; up = columns.parent[up] ?? -1) {
        assert.ok(!seen.has(up), `row ${row} is below itself`);
        seen.add(up);
      }
    }
    assert.equal(
      flagged(columns, spanFlags.cycle).filter(Boolean).length,
      2,
      "the circle is cut once, the span below itself once",
    );
    assert.deepEqual(flagged(columns, spanFlags.orphan), [false, false, false, false, true]);
    const { orphans, circles, path, pathMs } = await analysisOf(traceId);
    assert.deepEqual([orphans, circles], [1, 2]);
    assert.ok(path.length > 0 && pathMs <= 1000.001, `${pathMs} ms`);
  });

  it("with 10 MB in one attribute are taken without it, and say so", async () => {
    // If it fails, one span fills the disk, or a page.
    const traceId = "c2".repeat(16);
    await send(traceId, [{ id: "a", ...at(nowNs), attributes: { huge: "x".repeat(10_000_000), small: "kept" } }]);
    const text = await (await fetch(url(traceId))).text();
    assert.ok(text.length < 100_000, `${text.length} characters`);
    assert.match(text, /"small"/);
    assert.match(text, /"droppedAttributesCount":1/);
  });

  it("of 1970 and of 2100 do not hide those of today, and nothing is measured by them", async () => {
    // If it fails, one wrong clock empties the list of traces, or is called the slowest part of everything.
    const [past, future, mixed, today] = ["c3", "c4", "c5", "c6"].map((id) => id.repeat(16));
    assert.ok(past !== undefined && future !== undefined && mixed !== undefined && today !== undefined);
    await send(past, [{ id: "a", ...at(1n) }]);
    await send(future, [{ id: "a", ...at(in2100Ns) }]);
    await send(mixed, [
      { id: "a", ...at(nowNs) },
      { id: "b", parent: "a", ...at(1n) },
      { id: "c", parent: "a", ...at(in2100Ns) },
      { id: "d", parent: "a", startNs: nowNs + secondNs, endNs: nowNs },
    ]);
    await send(today, [{ id: "a", ...at(nowNs) }]);
    const listed = async (range: string): Promise<readonly string[]> => {
      const { traces } = await getJson<{ readonly traces: readonly { readonly traceId: string }[] }>(
        `${server.origin}/api/v1/performance/traces?service=hostile&limit=100${range}`,
      );
      return traces.map(({ traceId }) => traceId);
    };
    const ofToday = await listed("&from=-1h");
    assert.ok(ofToday.includes(today) && !ofToday.includes(past) && !ofToday.includes(future), ofToday.join());
    assert.deepEqual(
      (await listed("&from=2099-12-31T00:00:00Z&to=2100-01-02T00:00:00Z")).filter((id) => id === future),
      [future],
    );
    for (const traceId of [past, future, mixed]) {
      const columns = await columnsOf(traceId);
      assert.ok(columns.startMs.every((ms) => Number.isFinite(ms) && ms >= 0) && columns.durationMs.every(Number.isFinite));
      const { path, flow } = await analysisOf(traceId);
      assert.ok(
        path.every(({ fromMs, toMs }) => toMs >= fromMs),
        "no piece of a path goes back in time",
      );
      assert.equal(flow, null, "nobody has observed a transaction in it");
    }
  });
});
