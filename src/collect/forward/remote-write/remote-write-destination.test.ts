import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { uncompressSync } from "snappy";
import { systemClock } from "../../../core/clock.ts";
import { remoteWriteSchema } from "../../../core/config-forward.ts";
import { formatLabels, type Labels } from "../../../core/labels.ts";
import type { MetricMetadata } from "../../../core/metric-metadata.ts";
import type { NativeHistogram } from "../../../core/native-histogram.ts";
import { staleNaNBits } from "../../../core/storage.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { keepLines } from "../../../store/log-lines.test-support.ts";
import type { OutboxRecord } from "../../../store/outbox/outbox-record.ts";
import { nowMs, openDoorLab } from "../../intake/remote-write/door-lab.test-support.ts";
import type { SendOutcome } from "../destination.ts";
import type { KnownMetrics } from "../known-metrics.ts";
import { type ReceivedRequest, type ReceiverAnswer, startReceiver } from "../receiver.test-support.ts";
import { createRemoteWrite } from "./remote-write-destination.ts";

const labels: readonly Labels[] = [
  { __name__: "requests_total", instance: "a", zone: 'ü "x"' },
  { __name__: "requests_total", instance: "b" },
  { __name__: "temperature", site: "own" },
  { __name__: "latency", instance: "a" },
];
const metadata: readonly MetricMetadata[] = [
  { metric: "requests_total", type: "counter", help: "Requests.", unit: "" },
  { metric: "temperature", type: "gauge", help: "How warm it is.", unit: "celsius" },
];
const known: KnownMetrics = {
  declared: () => undefined,
  metadata: (name) => metadata.find(({ metric }) => metric === name),
  declaredMetadata: metadata,
};
const nothingKnown: KnownMetrics = { ...known, metadata: () => undefined, declaredMetadata: [] };
const histogram: NativeHistogram = {
  counterReset: "not_reset",
  schema: 3,
  zeroThreshold: 1e-9,
  zeroCount: 2,
  count: 9.5,
  sum: -12.25,
  positiveSpans: [
    { offset: -3, length: 2 },
    { offset: 4, length: 1 },
  ],
  positiveBuckets: [1, 2.5, 3],
  negativeSpans: [{ offset: 0, length: 1 }],
  negativeBuckets: [1],
  customValues: [],
};

type Row = readonly [ref: number, timeMs: number, bits: bigint];

function record(seq: number, rows: readonly Row[], histograms: OutboxRecord["samples"]["histograms"] = []): OutboxRecord {
  return {
    seq,
    samples: {
      count: rows.length,
      refs: Uint32Array.from(rows, ([ref]) => ref),
      timesMs: Float64Array.from(rows, ([, timeMs]) => timeMs),
      values: new Float64Array(BigUint64Array.from(rows, ([, , bits]) => bits).buffer),
      histograms,
    },
  };
}

function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n;
}

async function send(
  records: readonly OutboxRecord[],
  answer: (request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer>,
  settings: Readonly<Record<string, unknown>> = {},
  { isOnlyCopy = false } = {},
): Promise<{
  readonly outcome: SendOutcome;
  readonly requests: readonly ReceivedRequest[];
  readonly lines: readonly string[];
}> {
  await using receiver = await startReceiver(answer);
  const { logger, lines } = keepLines();
  const [config] = remoteWriteSchema.parse([{ url: receiver.url, ...settings }]);
  assert.ok(config !== undefined);
  const destination = createRemoteWrite({
    config,
    known,
    clock: systemClock,
    logger,
    isOnlyCopy,
  });
  const outcome = await destination.send(records, (ref) => labels[ref], new AbortController().signal);
  destination.close();
  return { outcome, requests: receiver.requests, lines: lines.map(({ message }) => message) };
}

const special = [
  0n,
  bitsOf(-0),
  bitsOf(Infinity),
  bitsOf(-Infinity),
  bitsOf(5e-324),
  bitsOf(NaN),
  0x7ff8000000000abcn,
  staleNaNBits,
];

for (const protocol of ["1.0", "2.0"] as const) {
  test(`our own door stores what version ${protocol} sends: labels, times, bits and histograms`, async () => {
    // If this fails, a peer gets other labels, times or values than are stored here.
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(fc.nat(2), fc.integer({ min: nowMs - 1e6, max: nowMs })), {
          minLength: 1,
          maxLength: 30,
          selector: (pair) => pair.join(),
        }),
        fc.array(fc.oneof(fc.constantFrom(...special), fc.double().map(bitsOf)), { minLength: 30, maxLength: 30 }),
        fc.integer({ min: 1, max: 40 }),
        async (pairs, values, maxSamples) => {
          using door = openDoorLab();
          const rows = pairs.map(([ref, timeMs], i): Row => [ref, timeMs, values[i] ?? 0n]);
          const histograms = [{ ref: 3, timeMs: nowMs - 5, histogram }];
          const sent = await send(
            [record(1, rows.slice(0, 7)), record(2, rows.slice(7), histograms)],
            async ({ body, headers }) => {
              const answer = await door.sendBody(body, headers["content-type"] ?? "", headers["content-encoding"] ?? "");
              return { status: answer.status, headers: answer.headers, body: answer.text };
            },
            { protocol, max_samples_per_send: maxSamples, external_labels: { site: "lab" } },
          );
          assert.deepEqual(sent.outcome, { kind: "stored" }, JSON.stringify(sent.outcome));
          const expected = new Map<string, unknown>();
          const nameOf = (ref: number): string =>
            formatLabels(
              ref === 2
                ? (labels[2] ?? {})
                : Object.fromEntries(Object.entries({ ...labels[ref], site: "lab" }).toSorted(([a], [b]) => (a < b ? -1 : 1))),
            );
          for (const [ref, timeMs, bits] of rows) expected.set(`${nameOf(ref)} ${timeMs}`, bits);
          expected.set(`${nameOf(3)} ${nowMs - 5}`, histogram);
          const stored = new Map(
            [...door.writer.stored].flatMap(([name, samples]) =>
              [...samples].map(([timeMs, value]): [string, unknown] => [`${name} ${timeMs}`, value]),
            ),
          );
          assert.deepEqual(stored, expected);
          const known =
            protocol === "1.0"
              ? metadata
              : metadata.filter(({ metric }) => pairs.some(([ref]) => labels[ref]?.["__name__"] === metric));
          assert.deepEqual(door.metadata.map(({ metric }) => metric).sort(), known.map(({ metric }) => metric).sort());
        },
      ),
      { numRuns: 15 },
    );
  });
}

test("requests have the headers of their version, and no setting can change them", async () => {
  // If this fails, receivers take the body for something else. Source: compliance remotewrite/sender, protocol_test.go.
  const headers = { "Content-Type": "text/plain", "X-Scope-OrgID": "team", "x-prometheus-remote-write-version": "9" };
  for (const [protocol, type, version] of [
    ["1.0", "application/x-protobuf", "0.1.0"],
    ["2.0", "application/x-protobuf;proto=io.prometheus.write.v2.Request", "2.0.0"],
  ] as const) {
    const sent = await send(
      [record(1, [[0, nowMs, 1n]])],
      () => ({ status: 204, headers: { "x-prometheus-remote-write-samples-written": "1" } }),
      {
        protocol,
        headers,
      },
    );
    assert.deepEqual(sent.outcome, { kind: "stored" });
    const [request] = sent.requests;
    assert.equal(request?.method, "POST");
    assert.equal(request?.headers["content-encoding"], "snappy");
    assert.equal(request?.headers["content-type"], type);
    assert.equal(request?.headers["x-prometheus-remote-write-version"], version);
    assert.match(request?.headers["user-agent"] ?? "", /^ChainPulse\/\d/);
    assert.equal(request?.headers["x-scope-orgid"], "team");
  }
});

test("a request has each series once, its labels sorted, its samples by time and of equal times the last", async () => {
  // If this fails, receivers refuse the request as out of order. Source: compliance remotewrite/sender, labels_test.go, timestamps_test.go.
  const rows: readonly Row[] = [
    [0, nowMs - 1, 3n],
    [1, nowMs, 1n],
    [0, nowMs - 2, 2n],
    [0, nowMs - 1, 4n],
  ];
  const sent = await send([record(1, rows)], () => ({ status: 204 }), {
    external_labels: { "1st": "no", A: "1", m: "2" },
  }).catch((error: unknown) => error);
  // A label name that begins with a digit is refused by the configuration.
  assert.ok(sent instanceof Error);
  const { requests } = await send([record(1, rows)], () => ({ status: 204 }), { external_labels: { A: "1", m: "2" } });
  assert.deepEqual(readV1(requests[0]?.body ?? Buffer.alloc(0)), [
    {
      labels: ["A=1", "__name__=requests_total", "instance=a", "m=2", 'zone=ü "x"'],
      samples: [
        [nowMs - 2, 2n],
        [nowMs - 1, 4n],
      ],
    },
    { labels: ["A=1", "__name__=requests_total", "instance=b", "m=2"], samples: [[nowMs, 1n]] },
  ]);
});

test("where nobody else keeps the samples, a token that is no good any more loses none", async () => {
  // If this fails, an engine's new password costs every sample until somebody notices, and what was acknowledged to others with it.
  for (const [status, kind] of [
    [401, "retry"],
    [403, "retry"],
    [404, "retry"],
    [400, "refused"],
  ] as const) {
    const { outcome } = await send([record(1, [[0, 1, bitsOf(1)]])], () => ({ status }), {}, { isOnlyCopy: true });
    assert.equal(outcome.kind, kind, String(status));
  }
});

test("what the other side will never take is refused and not asked for again; the rest is", async () => {
  // If this fails, one bad sample blocks the queue for ever, or an outage loses samples. Source: retry_test.go of the same.
  for (const status of [300, 400, 401, 403, 404, 413, 415, 422]) {
    const { outcome, requests } = await send([record(1, [[0, nowMs, 1n]])], () => ({ status, body: "no way" }));
    assert.equal(outcome.kind, "refused", String(status));
    assert.match(outcome.kind === "refused" ? outcome.message : "", /no way/);
    assert.equal(requests.filter(({ body }) => readV1(body).length > 0).length, 1);
  }
  for (const status of [429, 500, 502, 503]) {
    const { outcome } = await send([record(1, [[0, nowMs, 1n]])], () => ({ status, headers: { "retry-after": "7" } }));
    assert.deepEqual(outcome, { kind: "retry", message: `HTTP ${status}:`, afterMs: 7000 });
  }
});

test("a batch that is tried again goes on where it was, and counts what was refused on the way", async () => {
  // If this fails, a receiver gets parts twice that it has taken, or refusals are not counted.
  let request = 0;
  await using receiver = await startReceiver(() => ({ status: [204, 400, 503, 204][request++] ?? 204 }));
  const [config] = remoteWriteSchema.parse([{ url: receiver.url, max_samples_per_send: 1 }]);
  assert.ok(config !== undefined);
  const destination = createRemoteWrite({ config, known: nothingKnown, clock: systemClock, logger: keepLines().logger });
  const records = [
    record(1, [
      [0, 1, 1n],
      [0, 2, 1n],
      [0, 3, 1n],
    ]),
  ];
  const once = (): Promise<SendOutcome> => destination.send(records, (ref) => labels[ref], new AbortController().signal);
  assert.equal((await once()).kind, "retry");
  const outcome = await once();
  assert.equal(outcome.kind, "refused");
  assert.equal(outcome.kind === "refused" ? outcome.count : 0, 1);
  assert.deepEqual(
    receiver.requests.map(({ body }) => readV1(body)[0]?.samples[0]?.[0]),
    [1, 2, 3, 3],
  );
  destination.close();
});

test("where version 2.0 is not known 1.0 is sent, from then on; a receiver that says it wrote nothing is believed", async () => {
  // If this fails, an older Prometheus gets nothing, or samples count as sent that nobody has. Source: fallback_test.go, response_test.go.
  const known = (request: ReceivedRequest): ReceiverAnswer => ({
    status: (request.headers["content-type"] ?? "").includes("v2") ? 415 : 204,
  });
  const { outcome, requests, lines } = await send([record(1, [[0, nowMs, 1n]]), record(2, [[1, nowMs, 1n]])], known, {
    protocol: "2.0",
    max_samples_per_send: 1,
  });
  assert.deepEqual(outcome, { kind: "stored" });
  assert.deepEqual(
    requests.slice(0, 3).map(({ headers }) => headers["x-prometheus-remote-write-version"]),
    ["2.0.0", "0.1.0", "0.1.0"],
  );
  assert.equal(lines.length, 1);
  const silent = await send([record(1, [[0, nowMs, 1n]])], () => ({ status: 200 }), { protocol: "2.0" });
  assert.equal(silent.outcome.kind, "refused");
});

test("series that were forgotten meanwhile are counted as refused, and a network that fails is tried again", async () => {
  // If this fails, forgotten series end the sending, or a cable that is pulled out loses samples.
  const { outcome, requests } = await send(
    [
      record(1, [
        [99, nowMs, 1n],
        [0, nowMs, 1n],
      ]),
    ],
    () => ({ status: 204 }),
  );
  assert.equal(outcome.kind === "refused" ? outcome.count : 0, 1);
  assert.equal(readV1(requests[0]?.body ?? Buffer.alloc(0)).length, 1);
  const [config] = remoteWriteSchema.parse([{ url: "http://127.0.0.1:1/api/v1/write" }]);
  assert.ok(config !== undefined);
  const destination = createRemoteWrite({ config, known: nothingKnown, clock: systemClock, logger: keepLines().logger });
  const failed = await destination.send([record(1, [[0, 1, 1n]])], (ref) => labels[ref], new AbortController().signal);
  assert.equal(failed.kind, "retry");
  destination.close();
});

interface SeriesV1 {
  readonly labels: string[];
  readonly samples: [number, bigint][];
}

function readV1(body: Buffer): readonly SeriesV1[] {
  const bytes = uncompressSync(body, { asBuffer: true });
  assert.ok(Buffer.isBuffer(bytes));
  const reader = new ProtoReader(bytes);
  const all: SeriesV1[] = [];
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const series: SeriesV1 = { labels: [], samples: [] };
    const outer = reader.enter();
    while (reader.next()) {
      const { field } = reader;
      const inner = reader.enter();
      if (field === 1) series.labels.push(readLabel(reader));
      else series.samples.push(readSample(reader));
      reader.leave(inner);
    }
    reader.leave(outer);
    all.push(series);
  }
  return all;
}

function readLabel(reader: ProtoReader): string {
  const parts: string[] = [];
  while (reader.next()) parts.push(reader.string());
  return parts.join("=");
}

function readSample(reader: ProtoReader): [number, bigint] {
  let bits = 0n;
  let timeMs = 0;
  while (reader.next()) {
    if (reader.field === 2) timeMs = reader.int64AsNumber();
    else {
      reader.fixed64();
      bits = (BigInt(reader.high) << 32n) | BigInt(reader.low);
    }
  }
  return [timeMs, bits];
}
