import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configSchema } from "../../../core/config.ts";
import { isSampled } from "../../../core/flow-names.ts";
import { jsonToProtobuf } from "./json-to-protobuf.ts";
import { nowMs, OtlpLab } from "./otlp.test-support.ts";
import { logsRequest, tracesRequest } from "./otlp-messages.ts";
import { openLogsDoor, openTracesDoor } from "./record-doors.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

const spansOf = (...spans: readonly object[]): object => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
const logsOf = (...logRecords: readonly object[]): object => ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
const traces = (): OtlpLab => new OtlpLab(openTracesDoor, tracesRequest);
const logs = (): OtlpLab => new OtlpLab(openLogsDoor, logsRequest);

function textOf({ body }: { readonly body: Uint8Array }): string {
  return new TextDecoder().decode(body);
}

// When these fail, spans are lost without a word, or a hostile one fills the disk.
describe("spans", () => {
  test("without ids are refused and counted; the others are stored, and on the disk", async () => {
    const door = traces();
    const wrong = [
      {},
      { traceId },
      { traceId: "0".repeat(32), spanId },
      { traceId: "ab", spanId },
      { traceId, spanId: "00".repeat(8) },
    ];
    const answer = await door.send(spansOf(...wrong, { traceId, spanId: spanId.toUpperCase() }), "json");
    assert.equal(answer.status, 200);
    assert.match(textOf(answer), /"rejectedSpans":"5".*trace id/);
    assert.deepEqual(
      door.spans.map((span) => [span.traceId, span.spanId, span.kind, span.status, span.endNs]),
      [[traceId, spanId, "unspecified", "unset", 0n]],
    );
    assert.equal(door.syncs, 1);
  });

  test("of a resource that very many scopes repeat are refused before they take the disk", async () => {
    // If it fails, a request of some kilobytes keeps the thread busy for minutes: each scope's spans are stored with the whole resource.
    const door = traces();
    const attributes = Array.from({ length: 17 }, (_, key) => ({ key: `k${key}`, value: { stringValue: "x".repeat(65_000) } }));
    const scopeSpans = Array.from({ length: 70 }, (_, name) => ({ scope: { name: `${name}` }, spans: [{ traceId, spanId }] }));
    const answer = await door.send({ resourceSpans: [{ resource: { attributes }, scopeSpans }] }, "json");
    assert.deepEqual([answer.status, door.spans.length], [400, 0]);
    assert.match(textOf(answer), /resources of all scopes/);
  });

  test("of traces that are not among the share that is kept are left out, and their sender is told of success", async () => {
    // If it fails, traces are kept in part, or every SDK logs a failed export for each request.
    const config = configSchema.parse({ telemetry: { traces: { sample_ratio: 0.5 } } });
    const door = new OtlpLab((context) => openTracesDoor({ ...context, config: () => config }), tracesRequest);
    const ids = Array.from(
      { length: 256 },
      (_, byte) => `${"ab".repeat(9)}${byte.toString(16).padStart(2, "0")}${"0".repeat(12)}`,
    );
    const answer = await door.send(spansOf(...ids.map((id) => ({ traceId: id, spanId })), {}), "json");
    assert.match(textOf(answer), /"rejectedSpans":"1"/);
    assert.deepEqual(
      door.spans.map((span) => span.traceId),
      ids.filter((id) => isSampled(id, 0.5)),
    );
    assert.deepEqual(
      [door.spans.length, door.refused],
      [
        128,
        [
          ["sampled", 128],
          ["invalid", 1],
        ],
      ],
    );
  });

  test("have what is too much left out and counted", async () => {
    const door = traces();
    const attribute = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
    await door.send(
      spansOf({
        traceId,
        spanId,
        kind: 77,
        status: { code: 9 },
        attributes: [
          attribute("long", "x".repeat(70_000)),
          ...Array.from({ length: 1025 }, (_, at) => attribute(`a${at}`, "v")),
        ],
        droppedAttributesCount: 3,
        events: Array.from({ length: 4097 }, () => ({ name: "e" })),
        droppedEventsCount: 2,
        links: Array.from({ length: 4098 }, () => ({ traceId, spanId })),
      }),
    );
    const [span] = door.spans;
    assert.equal(Object.keys(span?.attributes ?? {}).length, 1024);
    assert.deepEqual(
      [span?.droppedAttributes, span?.events.length, span?.droppedEvents, span?.links.length, span?.droppedLinks],
      [5, 4096, 3, 4096, 2],
    );
    assert.deepEqual([span?.kind, span?.status], ["unspecified", "unset"]);
  });

  test("of a message whose parts come in another order have the same source", async () => {
    const door = traces();
    const json = new TextEncoder().encode(
      JSON.stringify({ resourceSpans: [{ resource: { attributes: [{ key: "r", value: { intValue: 1 } }] }, scopeSpans: [] }] }),
    );
    const resource = jsonToProtobuf(json, tracesRequest).subarray(2);
    const inner = jsonToProtobuf(
      new TextEncoder().encode(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, spanId }] }] }] })),
      tracesRequest,
    ).subarray(2);
    const body = Uint8Array.of(0x0a, inner.length + resource.length, ...inner, ...resource);
    assert.equal((await door.sendBytes(body, "application/x-protobuf")).status, 200);
    assert.deepEqual(door.spans[0]?.source.resource, { r: 1 });
  });

  test("are handed on in batches, between which others in the thread have their turn", async () => {
    // If it fails, a body with a million spans keeps everything from the thread for half a minute.
    const door = traces();
    const many = Array.from({ length: 2500 }, (_, at) => ({ traceId, spanId: (at + 1).toString(16).padStart(16, "0") }));
    const sending = door.send(spansOf(...many));
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(door.spans.length > 0 && door.spans.length < 2500);
    await sending;
    assert.equal(door.spans.length, 2500);
    assert.equal(new Set(door.spans.map((span) => span.spanId)).size, 2500);
    assert.equal(door.syncs, 1);
  });
});

// When these fail, log records are shown at another time, or with other values than they had.
describe("log records", () => {
  test("without times were seen when they came; numbers keep all their digits", async () => {
    const door = logs();
    const attributes = [
      { key: "big", value: { intValue: "9007199254740993" } },
      { key: "bytes", value: { bytesValue: "AAEC" } },
      { key: "empty", value: {} },
      { key: "__proto__", value: { stringValue: "x" } },
    ];
    await door.send(
      logsOf({ severityNumber: 99, attributes, traceId: "ff", timeUnixNano: "0" }, { timeUnixNano: "1800000000000000001" }),
    );
    const [first, second] = door.logs;
    assert.deepEqual(
      [first?.timeNs, first?.observedNs, first?.severity, first?.traceId],
      [null, BigInt(nowMs) * 1_000_000n, 0, ""],
    );
    assert.deepEqual(Object.entries(first?.attributes ?? {}), [
      ["big", 9_007_199_254_740_993n],
      ["bytes", Uint8Array.of(0, 1, 2)],
      ["empty", null],
      ["__proto__", "x"],
    ]);
    assert.equal(second?.timeNs, 1_800_000_000_000_000_001n);
  });

  test("with a body that is too long are refused, not cut", async () => {
    const door = logs();
    const answer = await door.send(
      logsOf({ body: { stringValue: "x".repeat(1_100_000) } }, { body: { stringValue: "short" } }),
      "json",
    );
    assert.match(textOf(answer), /"rejectedLogRecords":"1".*longer than/);
    assert.deepEqual(
      door.logs.map(({ body }) => body),
      ["short"],
    );
  });
});
