/** A trace, log records, exemplars and metadata in a world's store; some of their texts are hostile. */
import type { LogRecord, Span, TelemetrySource } from "../../core/span.ts";
import type { World } from "../world.test-support.ts";

/** As the clock of a world at its start. */
const startNs = 1_764_000_000_000_000_000n;

export const traceId = "0af7651916cd43dd8448eb211c80319c";
export const exemplarMetric = "shop_request_seconds_bucket";
/** What must come through every door as it is, and never be anything but text. */
export const hostileText = '"><script>alert(1)</script>\u001b[2J\u202e{{$value}}';

const source: TelemetrySource = {
  resource: { "service.name": "shop", "host.name": "node-1" },
  scopeName: "tracer",
  scopeVersion: "1.0",
  scopeAttributes: {},
};
const other: TelemetrySource = { ...source, resource: { "service.name": hostileText, "host.name": "node-2" } };

/** Two spans of one trace, of two services; the second failed. */
export const spans: readonly [Span, Span] = [
  {
    source,
    traceId,
    spanId: "00f067aa0ba902b7",
    parentSpanId: "",
    traceState: "vendor=1",
    flags: 257,
    name: "GET /cart",
    kind: "server",
    startNs,
    endNs: startNs + 5_000_001n,
    status: "unset",
    statusMessage: "",
    attributes: {
      text: "a",
      yes: true,
      big: 2n ** 60n,
      half: 0.5,
      bytes: Uint8Array.of(1, 2),
      list: [1, "b"],
      map: { a: null },
    },
    events: [{ timeNs: startNs + 1n, name: "opened", attributes: { id: 7 }, droppedAttributes: 1 }],
    links: [
      { traceId: "f".repeat(32), spanId: "e".repeat(16), traceState: "", attributes: {}, droppedAttributes: 0, flags: 0 },
    ],
    droppedAttributes: 1,
    droppedEvents: 2,
    droppedLinks: 3,
  },
  {
    source: other,
    traceId,
    spanId: "00f067aa0ba902b8",
    parentSpanId: "00f067aa0ba902b7",
    traceState: "",
    flags: 1,
    name: hostileText,
    kind: "client",
    startNs: startNs + 1_000_000n,
    endNs: startNs + 3_000_000n,
    status: "error",
    statusMessage: hostileText,
    attributes: { [hostileText]: hostileText },
    events: [],
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  },
];

/** A record of the trace, and one that belongs to none. */
export const records: readonly [LogRecord, LogRecord] = [
  {
    source,
    timeNs: startNs + 2_000_000n,
    observedNs: startNs + 3_000_000n,
    severity: 17,
    severityText: "ERROR",
    body: { message: "the cart is empty", [hostileText]: [hostileText, Number.NaN, Uint8Array.of(255)] },
    eventName: "cart.failed",
    attributes: { count: 3n },
    droppedAttributes: 0,
    flags: 1,
    traceId,
    spanId: "00f067aa0ba902b8",
  },
  {
    source: other,
    timeNs: null,
    observedNs: startNs + 1_000_000n,
    severity: 9,
    severityText: "INFO",
    body: "Started",
    eventName: "",
    attributes: {},
    droppedAttributes: 0,
    flags: 0,
    traceId: "",
    spanId: "",
  },
];

/** As if a door had received them. */
export function addTelemetry({ telemetry }: Pick<World, "telemetry">): void {
  const startMs = Number(startNs / 1_000_000n);
  telemetry.addSpans(spans);
  telemetry.addLogs(records);
  telemetry.addExemplars([
    {
      series: { __name__: exemplarMetric, job: hostileText, le: "0.5" },
      exemplars: [
        { labels: { trace_id: traceId }, value: 0.25, timestampMs: startMs },
        { labels: { trace_id: "f".repeat(32) }, value: Infinity, timestampMs: startMs + 1500 },
      ],
    },
    { series: { __name__: "other_total" }, exemplars: [{ labels: {}, value: 1, timestampMs: startMs }] },
  ]);
  telemetry.noteMetadata([{ metric: exemplarMetric, type: "histogram", help: hostileText, unit: "seconds" }]);
}
