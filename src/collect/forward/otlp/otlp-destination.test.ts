import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { z } from "zod";
import { systemClock } from "../../../core/clock.ts";
import { otlpExportSchema } from "../../../core/config-forward.ts";
import type { Labels } from "../../../core/labels.ts";
import { defineMetrics, type Metric } from "../../../core/metric.ts";
import { staleNaNBits } from "../../../core/storage.ts";
import { version } from "../../../core/version.ts";
import { keepLines } from "../../../store/log-lines.test-support.ts";
import type { OutboxRecord } from "../../../store/outbox/outbox-record.ts";
import { openMetricsDoor } from "../../intake/otlp/metrics-door.ts";
import { nowMs, OtlpLab } from "../../intake/otlp/otlp.test-support.ts";
import { metricsRequest } from "../../intake/otlp/otlp-messages.ts";
import type { SendOutcome } from "../destination.ts";
import type { KnownMetrics } from "../known-metrics.ts";
import { type ReceivedRequest, type Receiver, type ReceiverAnswer, startReceiver } from "../receiver.test-support.ts";
import { createOtlpExport } from "./otlp-destination.ts";

const m = defineMetrics({
  cpuTime: { name: "system.cpu.time", kind: "counter", unit: "s", help: "Time.", labels: { "cpu.mode": null } },
  share: { name: "system.memory.share", kind: "gauge", unit: "1", help: "A share." },
  open: { name: "process.open", kind: "updowncounter", unit: "{file}", help: "Open files." },
});
const { logger } = keepLines();
const never = (): Promise<void> => new Promise(() => undefined);
const metrics: readonly Metric[] = Object.values<Metric>(m);
const known: KnownMetrics = {
  declared: (name) => metrics.find(({ prometheusName }) => prometheusName === name),
  metadata: (name) => (name === "theirs_total" ? { metric: name, type: "counter", help: "Of others.", unit: "" } : undefined),
  declaredMetadata: [],
};
const labels: readonly Labels[] = [
  { __name__: m.cpuTime.prometheusName, cpu_mode: "user", node: "node-1" },
  { __name__: m.share.prometheusName, node: "node-1" },
  { __name__: m.open.prometheusName, node: "node-2" },
  { __name__: "theirs_total", job: "other", instance: "x" },
  { __name__: "nobody_knows" },
];

function record(rows: readonly (readonly [ref: number, timeMs: number, value: number | "stale"])[]): OutboxRecord {
  const values = new Float64Array(rows.length);
  const bits = new BigUint64Array(values.buffer);
  for (const [i, [, , value]] of rows.entries()) {
    if (value === "stale") bits[i] = staleNaNBits;
    else values[i] = value;
  }
  const refs = Uint32Array.from(rows, ([ref]) => ref);
  return { seq: 1, samples: { count: rows.length, refs, timesMs: Float64Array.from(rows, ([, timeMs]) => timeMs), values } };
}

interface Sender {
  send(records: readonly OutboxRecord[]): Promise<SendOutcome>;
}

async function withSender(
  answer: (request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer>,
  settings: Readonly<Record<string, unknown>>,
  use: (sender: Sender, receiver: Receiver) => Promise<void>,
): Promise<void> {
  await using receiver = await startReceiver(answer);
  const [config] = otlpExportSchema.parse([{ endpoint: receiver.url, ...settings }]);
  assert.ok(config !== undefined);
  const destination = createOtlpExport({ config, known, node: "node-1", clock: systemClock, dataDir: "", logger, wait: never });
  await use({ send: (records) => destination.send(records, (ref) => labels[ref], new AbortController().signal) }, receiver);
  destination.close();
}

const bodies = { none: (body: Buffer) => body, gzip: gunzipSync, zstd: zstdDecompressSync } as const;

for (const [encoding, compression] of [
  ["protobuf", "gzip"],
  ["json", "zstd"],
  ["json", "none"],
] as const) {
  test(`our own door finds our metrics under their names: ${encoding}, ${compression}`, async () => {
    // If this fails, a collector gets other names, units, kinds or values than we declare.
    const lab = new OtlpLab(openMetricsDoor, metricsRequest);
    const pass = async ({ body, headers }: ReceivedRequest): Promise<ReceiverAnswer> => {
      assert.equal(headers["content-encoding"], compression === "none" ? undefined : compression);
      const plain = Uint8Array.from(bodies[compression](body));
      const { status } = await lab.sendBytes(plain, headers["content-type"] ?? "");
      return { status };
    };
    await withSender(pass, { encoding, compression, max_samples_per_send: 3 }, async (sender) => {
      const outcome = await sender.send([
        record([
          [0, nowMs - 2000, 7.5],
          [1, nowMs - 2000, 0.25],
          [2, nowMs - 2000, -3],
          [3, nowMs - 2000, 1e15],
          [4, nowMs - 2000, 1],
        ]),
        record([
          [0, nowMs - 1000, 8],
          [1, nowMs - 1000, Infinity],
          [2, nowMs - 1000, "stale"],
        ]),
      ]);
      assert.deepEqual(outcome, { kind: "stored", leftOut: 1 });
    });
    const own = lab.samples.filter(({ series }) => !series.startsWith("target_info"));
    assert.deepEqual(
      own.map(({ series, atMs, value }) => `${series} ${atMs} ${value}`),
      [
        `process_open{instance="node-2", job="chainpulse", otel_scope_name="chainpulse", otel_scope_version="${version}"} -2000 -3`,
        `process_open{instance="node-2", job="chainpulse", otel_scope_name="chainpulse", otel_scope_version="${version}"} -1000 7ff0000000000002`,
        `system_cpu_time_seconds_total{cpu_mode="user", instance="node-1", job="chainpulse", otel_scope_name="chainpulse", otel_scope_version="${version}"} -2000 7.5`,
        `system_cpu_time_seconds_total{cpu_mode="user", instance="node-1", job="chainpulse", otel_scope_name="chainpulse", otel_scope_version="${version}"} -1000 8`,
        `system_memory_share_ratio{instance="node-1", job="chainpulse", otel_scope_name="chainpulse", otel_scope_version="${version}"} -2000 0.25`,
        `system_memory_share_ratio{instance="node-1", job="chainpulse", otel_scope_name="chainpulse", otel_scope_version="${version}"} -1000 Infinity`,
        `theirs_total{instance="x", job="other", otel_scope_name="chainpulse", otel_scope_version="${version}"} -2000 1000000000000000`,
      ],
    );
  });
}

const point = z.object({ startTimeUnixNano: z.string().optional(), flags: z.number().optional() });

const jsonRequest = z.object({
  resourceMetrics: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.object({ key: z.string(), value: z.object({ stringValue: z.string() }) })) }),
      scopeMetrics: z.array(
        z.object({
          metrics: z.array(
            z.object({
              name: z.string(),
              unit: z.string(),
              sum: z
                .object({ dataPoints: z.array(point), aggregationTemporality: z.number(), isMonotonic: z.boolean() })
                .optional(),
              gauge: z.object({ dataPoints: z.array(point) }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

test("counters are cumulative, and begin with the first point that is sent and with each reset", async () => {
  // If this fails, a receiver makes rates over resets wrong, or takes a boot's worth of counting for one second's.
  await withSender(
    () => ({ status: 200 }),
    { encoding: "json", compression: "none" },
    async (sender, receiver) => {
      for (const [timeMs, value] of [
        [1000, 5],
        [2000, 6],
        [3000, 1],
        [4000, "stale"],
        [5000, 2],
      ] as const) {
        await sender.send([record([[0, timeMs, value]])]);
      }
      await sender.send([record([[1, 6000, 0.5]])]);
      const sent = receiver.requests.map(({ body }) => jsonRequest.parse(JSON.parse(body.toString())));
      const found = sent.map(({ resourceMetrics }) => resourceMetrics[0]?.scopeMetrics[0]?.metrics[0]);
      const starts = found.map((metric) => metric?.sum?.dataPoints[0]?.startTimeUnixNano);
      assert.deepEqual(starts, ["1000000000", "1000000000", "3000000000", "3000000000", "5000000000", undefined]);
      assert.deepEqual(
        [found[0]?.name, found[0]?.unit, found[0]?.sum?.aggregationTemporality, found[0]?.sum?.isMonotonic],
        ["system.cpu.time", "s", 2, true],
      );
      assert.equal(found[3]?.sum?.dataPoints[0]?.flags, 1);
      assert.equal(found[5]?.gauge?.dataPoints.length, 1);
      const resource = Object.fromEntries(
        (sent[0]?.resourceMetrics[0]?.resource.attributes ?? []).map(({ key, value }) => [key, value.stringValue]),
      );
      assert.equal(resource["service.name"], "chainpulse");
      assert.equal(resource["service.instance.id"], "node-1");
      assert.ok(resource["host.name"] !== "");
    },
  );
});

test("what a receiver rejects is counted, what it may take later is sent again as it was", async () => {
  // If this fails, rejected points count as sent, or a receiver that is overloaded loses points or gets other start times the second time.
  const answers: ReceiverAnswer[] = [
    { status: 503, headers: { "retry-after": "3" } },
    {
      status: 200,
      headers: { "content-type": "application/json" },
      body: '{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"too old"}}',
    },
    { status: 400, body: "no" },
    { status: 500 },
    { status: 200, headers: { "content-type": "application/json" }, body: "not JSON" },
  ];
  let asked = 0;
  await withSender(
    () => answers[asked++] ?? { status: 200 },
    { encoding: "json", compression: "none" },
    async (sender, receiver) => {
      const records = [
        record([
          [0, 1000, 1],
          [0, 2000, 2],
          [1, 2000, 2],
        ]),
      ];
      assert.deepEqual(await sender.send(records), { kind: "retry", message: "HTTP 503:", afterMs: 3000 });
      assert.deepEqual(await sender.send(records), { kind: "refused", message: "too old", count: 2, leftOut: 0 });
      assert.deepEqual(receiver.requests[0]?.body, receiver.requests[1]?.body);
      assert.deepEqual(await sender.send([record([[0, 3000, 3]])]), {
        kind: "refused",
        message: "HTTP 400: no",
        count: 1,
        leftOut: 0,
      });
      assert.deepEqual(await sender.send([record([[0, 3000, 3]])]), {
        kind: "refused",
        message: "HTTP 500:",
        count: 1,
        leftOut: 0,
      });
      assert.deepEqual(await sender.send([record([[0, 3000, 3]])]), { kind: "stored", leftOut: 0 });
    },
  );
});
