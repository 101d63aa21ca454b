/**
 * Spans that OpenTelemetry's own SDKs have made, through the whole product: what REST gives is what was sent, and so are the columns that pages
 * draw. JavaScript's SDK runs here, both of its exporters. `fixtures/otlp/python-sdk-traces.pb` is what the Python SDK 1.45.0 encodes for its
 * OTLP exporter; the JSON beside it is the same request as Google's protobuf library reads it, so neither comes from code of ours.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import type { SpanColumnsJson } from "../../src/core/span-columns.ts";
import { columnsFromJson } from "../../src/core/trace/columns-json.ts";
import { sendSpans } from "../../src/serve/otlp/otlp-shop.test-support.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";
import { getJson } from "../e2e/support/doors.ts";
import { type CanonicalSpan, canonicalSpans } from "./support/canonical-spans.ts";

const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/otlp/${name}`, import.meta.url));

describe("spans of OpenTelemetry's SDKs", () => {
  let server: RunningServer;
  before(async () => {
    server = await startChainPulse();
  });
  after(() => server?.stop());

  const traceUrl = (traceId: string): string => `${server.origin}/api/v1/performance/traces/${traceId}`;
  const stored = async (traceId: string): Promise<readonly CanonicalSpan[]> => canonicalSpans(await getJson(traceUrl(traceId)));

  /** Columns say of each span what the span says. */
  const assertColumns = async (traceId: string, spans: readonly CanonicalSpan[]): Promise<void> => {
    const { columns: json } = await getJson<{ readonly columns: SpanColumnsJson }>(`${traceUrl(traceId)}/columns`);
    const columns = columnsFromJson(json);
    const idAt = (row: number): string => Buffer.from(columns.spanIds.subarray(8 * row, 8 * row + 8)).toString("hex");
    const rows = Array.from(columns.startMs, (startMs, row) => ({
      spanId: idAt(row),
      parentSpanId: columns.parent[row] === -1 ? undefined : idAt(columns.parent[row] ?? 0),
      name: columns.operations[columns.operation[row] ?? 0]?.name,
      startNs: columns.originNs + BigInt(Math.round(startMs * 1e6)),
      durationNs: BigInt(Math.round((columns.durationMs[row] ?? NaN) * 1e6)),
    }));
    const expected = spans.map(({ spanId, parentSpanId, name, startTimeUnixNano, endTimeUnixNano }) => ({
      spanId,
      parentSpanId,
      name,
      startNs: BigInt(String(startTimeUnixNano)),
      durationNs: BigInt(String(endTimeUnixNano)) - BigInt(String(startTimeUnixNano)),
    }));
    assert.deepEqual(
      rows.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1)),
      expected,
    );
  };

  it("of JavaScript are what they were, by both exporters", async () => {
    // If it fails, a program's spans arrive with other names, times, parents or values than it gave them.
    const sent: string[] = [];
    // Notes what the exporters send, and passes it on.
    const relay = createServer((request, response) => {
      void buffer(request).then(async (body) => {
        const type = request.headers["content-type"] ?? "";
        if (type.includes("json")) sent.push(body.toString());
        const answer = await fetch(`${server.origin}${request.url}`, {
          method: "POST",
          headers: { "content-type": type },
          body,
        });
        response.writeHead(answer.status, { "content-type": type }).end(Buffer.from(await answer.arrayBuffer()));
      });
    }).listen(0, "127.0.0.1");
    await once(relay, "listening");
    const address = relay.address();
    assert.ok(address !== null && typeof address === "object");
    const to = { url: `http://127.0.0.1:${address.port}/`, startMs: Date.now() - 5000 };
    const byJson = await sendSpans({ ...to, encoding: "json" });
    const byProtobuf = await sendSpans({ ...to, encoding: "protobuf" });
    relay.close();
    relay.closeAllConnections();

    // One span in each request.
    const spans = sent
      .flatMap((text) => canonicalSpans(JSON.parse(text)))
      .toSorted((a, b) => (String(a["spanId"]) < String(b["spanId"]) ? -1 : 1));
    assert.equal(spans.length, 2);
    assert.deepEqual(await stored(byJson.traceId), spans);
    await assertColumns(byJson.traceId, spans);
    const renamed = JSON.stringify(spans)
      .replaceAll(byJson.traceId, byProtobuf.traceId)
      .replaceAll("cumulative-json", "cumulative-protobuf");
    assert.deepEqual(await stored(byProtobuf.traceId), JSON.parse(renamed));
  });

  it("of Python, as recorded, are what they were", async () => {
    // If it fails, what other languages' SDKs encode in their own way is garbled.
    const expected = canonicalSpans(JSON.parse(fixture("python-sdk-traces.json").toString()));
    const answer = await fetch(`${server.origin}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body: fixture("python-sdk-traces.pb"),
    });
    assert.deepEqual([answer.status, (await answer.arrayBuffer()).byteLength], [200, 0], "taken, without a partial success");
    const traceId = String(expected[0]?.["traceId"]);
    assert.deepEqual(await stored(traceId), expected);
    await assertColumns(traceId, expected);
  });
});
