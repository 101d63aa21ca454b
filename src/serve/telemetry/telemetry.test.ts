import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import type { LogRecord } from "../../core/span.ts";
import { resourceSpansOf } from "../../core/otlp-json.ts";
import type { SpanColumnsJson } from "../../core/span-columns.ts";
import { columnsFromJson } from "../../core/trace/columns-json.ts";
import { arbitrarySpan } from "../../store/beside/arbitrary-telemetry.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";
import { addTelemetry, exemplarMetric, hostileText, records, spans, traceId } from "./telemetry-world.test-support.ts";

const base = "/api/v1/performance";

interface Traces {
  readonly traces: readonly { readonly traceId: string; readonly [field: string]: unknown }[];
  readonly next: string | null;
}

interface Logs {
  readonly records: readonly { readonly [field: string]: unknown }[];
  readonly next: string | null;
}

interface Problem {
  readonly status: number;
  readonly code: string;
}

const summary = {
  traceId,
  startMs: 1_764_000_000_000,
  durationMs: 5.000001,
  spans: 2,
  errors: 1,
  root: { service: "shop", name: "GET /cart" },
  first: { service: "shop", name: "GET /cart" },
  services: [
    { service: hostileText, spans: 1, errors: 1 },
    { service: "shop", spans: 1, errors: 0 },
  ],
};

describe("traces, logs, exemplars and metadata over HTTP", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    addTelemetry(world);
    world.pass(10_000);
  });
  after(() => world.close());

  test("a trace is found by what one of its spans is, and by nothing else", async () => {
    // If it fails, a search misses the trace that somebody looks for, or shows one that is none of it.
    const found = [
      "",
      "service=shop",
      `service=${encodeURIComponent(hostileText)}&status=error`,
      "name=GET%20/cart&minDurationMs=5.000001",
      "maxDurationMs=2",
      "from=1764000000&to=1764000000",
      "attribute=big%3D1152921504606846976",
      "attribute=half%3D0.5&attribute=service.name%3Dshop",
    ];
    for (const query of found) {
      const { traces, next } = await world.json<Traces>(`${base}/traces?${query}`);
      assert.deepEqual([traces, next], [[summary], null], query);
    }
    // The last: the service has no error, and another span of the trace has one.
    for (const query of [
      "service=cart",
      "minDurationMs=5.000002",
      "name=GET",
      "from=-9s",
      "to=-11s",
      "service=shop&status=error",
      "attribute=service.name%3Dsho",
    ]) {
      assert.deepEqual((await world.json<Traces>(`${base}/traces?${query}`)).traces, [], query);
    }
  });

  test("a trace is answered as OTLP's JSON, with all that was sent", async () => {
    // If it fails, Jaeger and Tempo cannot read what we hand out, or read something else than was sent.
    const body = await world.json<{ readonly resourceSpans: readonly [unknown, unknown]; readonly summary: unknown }>(
      `${base}/traces/${traceId.toUpperCase()}`,
    );
    assert.deepEqual(body.summary, summary);
    assert.deepEqual(body.resourceSpans[0], {
      resource: {
        attributes: [
          { key: "service.name", value: { stringValue: "shop" } },
          { key: "host.name", value: { stringValue: "node-1" } },
        ],
      },
      scopeSpans: [
        {
          scope: { name: "tracer", version: "1.0", attributes: [] },
          spans: [
            {
              traceId,
              spanId: spans[0].spanId,
              parentSpanId: "",
              traceState: "vendor=1",
              flags: 257,
              name: "GET /cart",
              kind: 2,
              startTimeUnixNano: "1764000000000000000",
              endTimeUnixNano: "1764000000005000001",
              attributes: [
                { key: "text", value: { stringValue: "a" } },
                { key: "yes", value: { boolValue: true } },
                { key: "big", value: { intValue: "1152921504606846976" } },
                { key: "half", value: { doubleValue: 0.5 } },
                { key: "bytes", value: { bytesValue: "AQI=" } },
                { key: "list", value: { arrayValue: { values: [{ intValue: "1" }, { stringValue: "b" }] } } },
                { key: "map", value: { kvlistValue: { values: [{ key: "a", value: {} }] } } },
              ],
              droppedAttributesCount: 1,
              events: [
                {
                  timeUnixNano: "1764000000000000001",
                  name: "opened",
                  attributes: [{ key: "id", value: { intValue: "7" } }],
                  droppedAttributesCount: 1,
                },
              ],
              droppedEventsCount: 2,
              links: [
                {
                  traceId: "f".repeat(32),
                  spanId: "e".repeat(16),
                  traceState: "",
                  attributes: [],
                  droppedAttributesCount: 0,
                  flags: 0,
                },
              ],
              droppedLinksCount: 3,
              status: { code: 0, message: "" },
            },
          ],
        },
      ],
    });
    const first = await world.json<{ spansLeftOut: number; resourceSpans: unknown[] }>(`${base}/traces/${traceId}?limit=1`);
    assert.deepEqual([first.spansLeftOut, first.resourceSpans.length], [1, 1]);
    assert.equal((await world.json<Problem>(`${base}/traces/${"0".repeat(32)}`)).code, "NOT_FOUND");
    assert.equal((await world.json<Problem>(`${base}/traces/x`)).code, "BAD_REQUEST");
  });

  test("a trace is answered as columns, and one of its spans with all it says", async () => {
    // If it fails, the page of a trace is empty, or shows one span's attributes beside another one's bar.
    const { summary, columns } = await world.json<{ summary: { spans: number }; columns: SpanColumnsJson }>(
      `${base}/traces/${traceId}/columns`,
    );
    const { spanIds, startMs, parent } = columnsFromJson(columns);
    assert.deepEqual([summary.spans, startMs.length, parent[0]], [2, 2, -1]);
    const spanId = Buffer.from(spanIds.subarray(0, 8)).toString("hex");
    const { resourceSpans } = await world.json<{ resourceSpans: unknown }>(`${base}/traces/${traceId}/spans/${spanId}`);
    assert.deepEqual(resourceSpans, resourceSpansOf(spans.filter((span) => span.spanId === spanId)));
    const short = await world.json<{ spansLeftOut: number }>(`${base}/traces/${traceId}/columns?limit=1`);
    assert.equal(short.spansLeftOut, 1);
    for (const path of [`${"0".repeat(32)}/columns`, `${traceId}/spans/${"0".repeat(16)}`]) {
      assert.equal((await world.json<Problem>(`${base}/traces/${path}`)).code, "NOT_FOUND");
    }
    assert.equal((await world.json<Problem>(`${base}/traces/${traceId}/spans/x`)).code, "BAD_REQUEST");
    assert.equal((await world.json<Problem>(`${base}/traces?attribute=x`)).code, "BAD_REQUEST");
  });

  test("a node has the spans and records whose resource names it", async () => {
    // If it fails, a node's page shows another node's traces.
    for (const list of ["traces", "logs"]) {
      const body = await world.json<Partial<Traces & Logs>>(`${base}/nodes/node-1/${list}`);
      assert.equal((body.traces ?? body.records)?.length, 1, list);
    }
    const { records: own } = await world.json<Logs>(`${base}/nodes/node-1/logs`);
    assert.equal(own[0]?.["eventName"], "cart.failed");
  });

  test("log records come newest first, page by page, chosen by severity, text and trace", async () => {
    // If it fails, the error that somebody looks for is not where the newest ones are.
    const first = await world.json<Logs>(`${base}/logs?limit=1`);
    assert.deepEqual(first.records[0], {
      timeMs: 1_764_000_000_002,
      timeUnixNano: "1764000000002000000",
      observedTimeUnixNano: "1764000000003000000",
      severityNumber: 17,
      severityText: "ERROR",
      service: "shop",
      body: { message: "the cart is empty", [hostileText]: [hostileText, "NaN", "/w=="] },
      eventName: "cart.failed",
      traceId,
      spanId: records[0].spanId,
      attributes: { count: "3" },
      resource: { "service.name": "shop", "host.name": "node-1" },
      scope: { name: "tracer", version: "1.0", attributes: {} },
    });
    const second = await world.json<Logs>(`${base}/logs?limit=1&cursor=${first.next}`);
    assert.equal(second.records[0]?.["body"], "Started");
    const chosen = {
      "severity=17": 1,
      "severity=18": 0,
      "text=CART": 1,
      "text=started": 1,
      [`traceId=${traceId}`]: 1,
      "service=shop": 1,
    };
    for (const [query, count] of Object.entries(chosen)) {
      assert.equal((await world.json<Logs>(`${base}/logs?${query}`)).records.length, count, query);
    }
    assert.equal((await world.json<Problem>(`${base}/logs?cursor=x`)).code, "BAD_REQUEST");
  });

  test("an attribute with the name of something that every object has is one like others", async () => {
    // If it fails, a sender can change what other records look like, or hide a part of its own.
    const attributes = JSON.parse('{"__proto__":"a","constructor":"b"}') as LogRecord["attributes"];
    const source = { ...records[1].source, resource: attributes };
    world.telemetry.addLogs([{ ...records[1], source, observedNs: records[1].observedNs - 60_000_000_000n, attributes }]);
    const last = await world.json<Logs>(`${base}/logs?service=unknown_service`);
    assert.equal(JSON.stringify(last.records[0]?.["attributes"]), JSON.stringify(attributes));
    assert.equal(JSON.stringify(last.records[0]?.["resource"]), JSON.stringify(attributes));
  });

  test("names to filter by are told", async () => {
    // If it fails, a page cannot offer what there is to choose.
    const { operations } = await world.json<{ operations: unknown[] }>(`${base}/trace-operations`);
    assert.deepEqual(operations, [
      { service: hostileText, name: hostileText },
      { service: "shop", name: "GET /cart" },
    ]);
  });

  test("exemplars are those of the series in the expression, at its times", async () => {
    // If it fails, Grafana draws no way from a chart to a trace, or one that leads elsewhere.
    const query = encodeURIComponent(`histogram_quantile(0.9, sum by (le) (rate(${exemplarMetric}{job=~".+"}[5m])))`);
    const read = async (range: string): Promise<unknown> =>
      (await world.json<{ data: unknown }>(`/api/v1/query_exemplars?query=${query}${range}`)).data;
    const [quarter, infinite] = [
      { labels: { trace_id: traceId }, value: "0.25", timestamp: 1_764_000_000 },
      { labels: { trace_id: "f".repeat(32) }, value: "+Inf", timestamp: 1_764_000_001.5 },
    ];
    const seriesLabels = { __name__: exemplarMetric, job: hostileText, le: "0.5" };
    assert.deepEqual(await read(""), [{ seriesLabels, exemplars: [quarter, infinite] }]);
    assert.deepEqual(await read("&start=1764000000.001&end=1764000002"), [{ seriesLabels, exemplars: [infinite] }]);
    assert.deepEqual(await read("&start=1764000002"), []);
  });

  test("metadata of what was received stands beside that of what is declared", async () => {
    // If it fails, an editor cannot say what a received metric means.
    const { data } = await world.json<{ data: Record<string, unknown> }>("/api/v1/metadata");
    assert.deepEqual(data[exemplarMetric], [{ type: "histogram", help: hostileText, unit: "seconds" }]);
    assert.ok(Object.keys(data).length > 1);
    const one = await world.json<{ data: unknown }>(`/api/v1/metadata?metric=${exemplarMetric}`);
    assert.deepEqual(Object.keys(one.data ?? {}), [exemplarMetric]);
  });

  test("GraphQL gives the same, in connections", async () => {
    // If it fails, a page made with GraphQL shows something else than one made with REST.
    const query = `query ($id: ID!) {
      traces(service: "shop", first: 1) { edges { cursor node { traceId durationMs root { name } } } pageInfo { hasNextPage } warnings }
      trace(traceId: $id) { summary { spans } spans { spanId service status startUnixNano attributes { name value } events { name } } }
      withAttribute: traces(attribute: ["half=0.5", "service.name=shop"]) { edges { node { traceId } } }
      without: traces(attribute: ["half=0.25"]) { edges { node { traceId } } }
      none: trace(traceId: "${"0".repeat(32)}") { summary { spans } }
      logs(nodeId: "node-1", severity: 9) { edges { node { body severityNumber timeUnixNano } } }
    }`;
    const { data, errors } = await world.json<{ data: Record<string, never>; errors?: unknown }>("/graphql", {
      query,
      variables: { id: traceId },
    });
    assert.equal(errors, undefined);
    const { traces, withAttribute, without, trace, none, logs } = data as unknown as Record<string, Record<string, unknown>>;
    const node = { traceId, durationMs: 5.000001, root: { name: "GET /cart" } };
    const cursor = `1764000000000000000.${traceId}`;
    assert.deepEqual(traces, { edges: [{ cursor, node }], pageInfo: { hasNextPage: true }, warnings: [] });
    assert.deepEqual([withAttribute, without], [{ edges: [{ node: { traceId } }] }, { edges: [] }]);
    assert.deepEqual(trace?.["summary"], { spans: 2 });
    assert.deepEqual([trace?.["spans"]].flat()[1], {
      spanId: spans[1].spanId,
      service: hostileText,
      status: "error",
      startUnixNano: "1764000000001000000",
      attributes: [{ name: hostileText, value: hostileText }],
      events: [],
    });
    assert.equal(none, null);
    const body = JSON.stringify({ message: "the cart is empty", [hostileText]: [hostileText, "NaN", "/w=="] });
    const failed = { body, severityNumber: 17, timeUnixNano: "1764000000002000000" };
    assert.deepEqual(logs, { edges: [{ node: failed }] });
  });

  test("GraphQL's lists are bounded, and say what is wrong", async () => {
    // If it fails, one operation holds the main thread, or its author guesses.
    const codeOf = async (field: string): Promise<unknown> => {
      const { errors } = await world.json<{ errors?: readonly { extensions: { code: string } }[] }>("/graphql", {
        query: `{ ${field} }`,
      });
      return errors?.[0]?.extensions.code;
    };
    for (const field of [
      "logs(first: 501) { warnings }",
      "traces(first: 0) { warnings }",
      "traces(minDurationMs: 1e308) { warnings }",
      'traces(attribute: ["x"]) { warnings }',
      'traces(after: "x") { warnings }',
      'trace(traceId: "x") { warnings }',
      `trace(traceId: "${traceId}", first: 1001) { warnings }`,
    ]) {
      assert.equal(await codeOf(field), "BAD_REQUEST", field);
    }
    assert.equal(await codeOf('logs(nodeId: "node-9") { warnings }'), "NODE_NOT_FOUND");
    const many = Array.from({ length: 15 }, (_, index) => `a${index}: logs { warnings }`).join(" ");
    assert.equal(
      await codeOf(`${many} traces { warnings } trace(traceId: "${traceId}") { warnings } ${"logs { warnings } ".repeat(4)}`),
      "QUERY_LIMIT",
    );
  });

  test("a trace that we hand out is taken by an OTLP receiver, and comes out of it as it went in", async () => {
    // If it fails, exporting a trace to Jaeger or Tempo changes it.
    let traces = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constantFrom(...spans), arbitrarySpan), async (span) => {
        const id = (++traces).toString(16).padStart(32, "0");
        const resourceSpans = resourceSpansOf([{ ...span, traceId: id }]);
        const headers = { "content-type": "application/json" };
        const taken = await world.fetch("/v1/traces", { method: "POST", headers, body: JSON.stringify({ resourceSpans }) });
        assert.deepEqual([taken.status, await taken.json()], [200, {}]);
        const back = await world.json<{ resourceSpans: unknown }>(`${base}/traces/${id}`);
        assert.equal(JSON.stringify(back.resourceSpans), JSON.stringify(resourceSpans));
      }),
      { numRuns: 10 },
    );
  });
});
