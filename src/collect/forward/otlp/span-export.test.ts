import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { systemClock } from "../../../core/clock.ts";
import { otlpExportSchema } from "../../../core/config-forward.ts";
import { isSampled } from "../../../core/flow-names.ts";
import { noonNs, spanOf, telemetryLab, type TelemetryLab } from "../../../store/beside/telemetry.test-support.ts";
import { keepLines } from "../../../store/log-lines.test-support.ts";
import { outboxDir } from "../../../store/outbox/segment-files.ts";
import { OtlpLab } from "../../intake/otlp/otlp.test-support.ts";
import { tracesRequest } from "../../intake/otlp/otlp-messages.ts";
import { openTracesDoor } from "../../intake/otlp/record-doors.ts";
import { type ReceivedRequest, type ReceiverAnswer, startReceiver } from "../receiver.test-support.ts";
import { storedSpans } from "../spans/stored-spans.ts";
import { startSpanExport } from "./span-export.ts";

type Facts = ReturnType<ReturnType<typeof startSpanExport>["facts"]>;

/** Lets an export look at the store as often as there are answers; what it then waited each time, ms. */
async function exported(
  lab: TelemetryLab,
  settings: Readonly<Record<string, unknown>>,
  answers: readonly ((request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer>)[],
): Promise<{ readonly requests: readonly ReceivedRequest[]; readonly waits: readonly number[]; readonly facts: Facts }> {
  let asked = 0;
  await using receiver = await startReceiver((request) => answers[asked++]?.(request) ?? { status: 200 });
  const [config] = otlpExportSchema.parse([
    { endpoint: receiver.url, traces: true, traces_endpoint: receiver.url, ...settings },
  ]);
  assert.ok(config !== undefined);
  const { logger } = keepLines();
  mkdirSync(outboxDir(lab.dataDir), { recursive: true });
  const waits: number[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const wait = async (ms: number): Promise<void> => {
    waits.push(ms);
    if (waits.length <= answers.length) return;
    end();
    await new Promise(() => undefined);
  };
  const feed = storedSpans({ dataDir: lab.dataDir, destination: "otlp_export:test", logger });
  const sender = startSpanExport({ config, feed, clock: systemClock, logger, wait, random: () => 0 });
  await ended;
  const facts = sender.facts();
  sender.close();
  return { requests: receiver.requests, waits: waits.slice(1), facts };
}

const ids = Array.from(
  { length: 64 },
  (_, index) => `${"0".repeat(18)}${(index * 4 + 1).toString(16).padStart(2, "0")}${"0".repeat(12)}`,
);
const spans = ids.map((traceId, index) =>
  spanOf({
    traceId,
    startNs: noonNs + BigInt(index),
    attributes: { index, share: 0.5 },
    links: [{ traceId, spanId: "00f067aa0ba902b7", traceState: "a=b", attributes: {}, droppedAttributes: 1, flags: 1 }],
  }),
);

describe("traces to a receiver of OTLP", () => {
  for (const [encoding, compression] of [
    ["protobuf", "gzip"],
    ["json", "none"],
  ] as const) {
    test(`arrive as they are: ${encoding}, ${compression}`, async () => {
      // If it fails, Tempo or Jaeger shows other traces than ChainPulse.
      using lab = telemetryLab();
      const door = new OtlpLab(openTracesDoor, tracesRequest);
      lab.store.addSpans(spans);
      const pass = async ({ body, headers }: ReceivedRequest): Promise<ReceiverAnswer> => {
        const plain = Uint8Array.from(compression === "gzip" ? gunzipSync(body) : body);
        return { status: (await door.sendBytes(plain, headers["content-type"] ?? "")).status };
      };
      const { facts } = await exported(lab, { encoding, compression }, [pass]);
      assert.deepEqual(door.spans, spans);
      assert.deepEqual(facts, { sent: 64, refused: 0, leftOut: 0, skippedFiles: 0 });
    });
  }

  test("are of the share that is asked for, and of the same traces everywhere", async () => {
    // If it fails, a trace is in the other server in part, or more is paid for than was asked for.
    using lab = telemetryLab();
    const door = new OtlpLab(openTracesDoor, tracesRequest);
    lab.store.addSpans(spans);
    const pass = async ({ body }: ReceivedRequest): Promise<ReceiverAnswer> => {
      return { status: (await door.sendBytes(Uint8Array.from(body), "application/x-protobuf")).status };
    };
    const { facts } = await exported(lab, { compression: "none", traces_sample_ratio: 0.25 }, [pass]);
    assert.deepEqual(
      door.spans.map(({ traceId }) => traceId),
      ids.filter((traceId) => isSampled(traceId, 0.25)),
    );
    assert.deepEqual([facts.sent, facts.leftOut], [16, 48]);
  });

  test("are sent again where the receiver asks for that, and only then", async () => {
    // If it fails, a receiver that is overloaded is run over or loses spans, or one that refuses gets the same for ever.
    using lab = telemetryLab();
    lab.store.addSpans(spans.slice(0, 10));
    const json = { "content-type": "application/json" };
    const partial = '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}';
    const first = await exported(lab, { encoding: "json" }, [
      () => ({ status: 503, headers: { "retry-after": "7" } }),
      () => ({ status: 429 }),
      () => ({ status: 200, headers: json, body: partial }),
      () => ({ status: 200 }),
    ]);
    assert.deepEqual(first.waits.slice(0, 3), [7250, 500, 2000]);
    assert.deepEqual(first.facts, { sent: 7, refused: 3, leftOut: 0, skippedFiles: 0 });
    assert.equal(first.requests.length, 3);
    lab.store.addSpans(spans.slice(10, 15));
    const second = await exported(lab, {}, [() => ({ status: 400, body: "no" })]);
    assert.deepEqual([second.facts.sent, second.facts.refused, second.requests.length], [0, 5, 1]);
  });

  test("that retention deleted before they were sent are told of", async () => {
    // If it fails, a receiver that was away lacks traces, and nobody knows it.
    using lab = telemetryLab({ traces: { max_bytes: 1, max_age_days: 1, sample_ratio: 1 } });
    lab.store.addSpans(spans.slice(0, 2));
    await exported(lab, {}, [() => ({ status: 200 })]);
    lab.store.addSpans(spans.slice(2, 4));
    lab.pass(3_600_000);
    lab.store.addSpans(spans.slice(4, 6));
    lab.store.maintain();
    const { facts } = await exported(lab, {}, [() => ({ status: 200 })]);
    assert.deepEqual(facts, { sent: 2, refused: 0, leftOut: 0, skippedFiles: 1 });
  });
});

test("where traces go is the endpoint's own path for them, or must be said", () => {
  // If it fails, spans are posted to the path of metrics.
  const parse = (entry: object): boolean => otlpExportSchema.safeParse([entry]).success;
  assert.equal(parse({ endpoint: "http://tempo:4318/v1/metrics", traces: true, metrics: false }), true);
  assert.equal(parse({ endpoint: "http://tempo:4318/otlp", traces: true }), false);
  assert.equal(parse({ endpoint: "http://tempo:4318/otlp", traces: true, traces_endpoint: "http://tempo:4318/t" }), true);
  assert.equal(parse({ endpoint: "http://tempo:4318/v1/metrics", metrics: false }), false);
});
