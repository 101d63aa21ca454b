import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { openWorld, type World } from "../world.test-support.ts";
import { type Encoding, sendLogs, sendSpans, Shop, type Temporality } from "./otlp-shop.test-support.ts";

const goldenFile = new URL("fixtures/sdk-metrics.txt", import.meta.url);
const encodings: readonly Encoding[] = ["protobuf", "json"];
const temporalities: readonly Temporality[] = ["cumulative", "delta"];

let world: World;
let nowMs = 0;
before(async () => {
  world = await openWorld();
  nowMs = world.services.clock.nowMs();
});
after(() => world.close());

/** Two exports of one run of the program, then one of the next run: some counts are lower after that, one is higher. */
async function runShop(encoding: Encoding, temporality: Temporality): Promise<void> {
  const { url } = world.server;
  const first = new Shop({ url, encoding, temporality, startMs: nowMs - 60_000 });
  first.sell(3);
  await first.exportAt(nowMs - 50_000);
  first.sell(5);
  await first.exportAt(nowMs - 40_000);
  const second = new Shop({ url, encoding, temporality, startMs: nowMs - 30_000 });
  second.sell(6);
  await second.exportAt(nowMs - 20_000);
}

interface StoredSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values?: readonly (readonly [time: number, value: string])[];
  readonly histograms?: readonly (readonly [time: number, histogram: object])[];
}

async function stored(selector: string): Promise<readonly StoredSeries[]> {
  const answer = await world.json<{ readonly data: { readonly result: readonly StoredSeries[] } }>(
    `/api/v1/query?query=${encodeURIComponent(`${selector}[5m]`)}&time=${nowMs / 1000}`,
  );
  return answer.data.result;
}

/** What is stored of a program, as text: each series with its samples, `value@ms from now`. */
async function storedText(instance: string): Promise<string> {
  const lines = (await stored(`{instance="${instance}"}`)).map(({ metric, values = [], histograms = [] }) => {
    const { __name__: name = "", ...labels } = metric;
    const inner = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    const samples = [...values, ...histograms.map(([time, one]) => [time, JSON.stringify(one)] as const)];
    return `${name}{${inner.join(",")}} ${samples.map(([time, text]) => `${text}@${Math.round(1000 * time - nowMs)}`).join(" ")}\n`;
  });
  return lines.sort().join("");
}

async function federated(instance: string): Promise<string> {
  const response = await world.fetch(`/federate?match[]={instance="${instance}"}`);
  return response.text();
}

/** By how much counters have increased, by Prometheus's rule: what falls has begun anew at 0. */
async function increase(selector: string): Promise<number> {
  let sum = 0;
  for (const { values = [] } of await stored(selector)) {
    const numbers = values.map(([, value]) => Number(value));
    for (const [at, value] of numbers.slice(1).entries()) sum += value - (value < (numbers[at] ?? 0) ? 0 : (numbers[at] ?? 0));
  }
  return sum;
}

// When this fails, what programs with OpenTelemetry's SDKs send arrives with other names, units, values or resets than the standard says.
describe("metrics from the real SDK", () => {
  test("are stored as the golden file has it, byte for byte, in both encodings and both temporalities", async () => {
    for (const temporality of temporalities) for (const encoding of encodings) await runShop(encoding, temporality);
    const parts = [...temporalities.map((temporality) => storedText(`${temporality}-protobuf`)), federated("delta-protobuf")];
    const text = (await Promise.all(parts)).join("\n");
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(goldenFile, text);
    assert.equal(text, readFileSync(goldenFile, "utf8"), "if this is meant: UPDATE_GOLDEN=1, and look at the difference");
    for (const temporality of temporalities) {
      const json = await storedText(`${temporality}-json`);
      assert.equal(json.replaceAll("-json", "-protobuf"), await storedText(`${temporality}-protobuf`));
    }
  });

  test("increase by what was counted, over the restart, in both temporalities", async () => {
    const of = (name: string, temporality: Temporality): Promise<number> =>
      increase(`${name}{instance="${temporality}-protobuf"}`);
    // Orders: 3 and 5, then 6 of the next run. Of cumulative counts the first ones are not seen: nobody knows what was before them.
    assert.equal(await of("http_requests_total", "delta"), 14);
    assert.equal(await of("http_requests_total", "cumulative"), 11);
    // The sum is higher after the restart than before: only the start tells of it.
    const near = (actual: number, expected: number): void =>
      assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, not ${expected}`);
    near(await of("http_request_duration_seconds_sum", "delta"), 0.404);
    near(await of("http_request_duration_seconds_sum", "cumulative"), 0.376);
  });
});

// When these fail, a trace or a log record that a program sends is not the one that people see.
describe("spans and log records from the real SDK", () => {
  const resource = {
    "service.name": "shop",
    "service.namespace": "market",
    "host.name": "stall",
    "process.pid": 4711,
  };
  const allKinds = { text: 'a "quoted" \u{1F980}', yes: true, whole: 42, part: 0.5, texts: ["a", "b"], wholes: [1, 2] };
  const inNs = (afterMs: number): bigint => BigInt(nowMs + afterMs) * 1_000_000n;

  for (const encoding of encodings) {
    const source = {
      resource: { ...resource, "service.instance.id": `cumulative-${encoding}` },
      scopeName: "shop",
      scopeVersion: "1.4.0",
      scopeAttributes: {},
    };

    test(`spans arrive field for field by ${encoding}`, async () => {
      const startMs = nowMs + (encoding === "json" ? 0 : 1000);
      const { traceId } = await sendSpans({ url: world.server.url, encoding, startMs });
      const trace = await world.services.telemetry.trace(traceId, 100);
      const at = (ms: number): bigint => inNs(startMs - nowMs + ms);
      const common = { source, traceId, traceState: "", droppedAttributes: 0, droppedLinks: 0 };
      const [order, pay] = ["1", "2"].map((last) => last.padStart(16, "d"));
      assert.deepEqual(trace?.spans, [
        {
          ...common,
          spanId: order,
          parentSpanId: "",
          flags: 0x101,
          name: "order",
          kind: "server",
          startNs: at(0),
          endNs: at(9),
          status: "ok",
          statusMessage: "",
          attributes: allKinds,
          events: [],
          links: [],
          droppedEvents: 0,
        },
        {
          ...common,
          spanId: pay,
          parentSpanId: order,
          flags: 0x101,
          name: "pay",
          kind: "client",
          startNs: at(1),
          endNs: at(5),
          status: "error",
          statusMessage: "declined",
          attributes: {},
          // The SDK keeps two.
          events: [2, 3].map((attempt) => ({
            timeNs: at(1 + attempt),
            name: "attempt",
            attributes: { attempt },
            droppedAttributes: 0,
          })),
          links: [
            {
              traceId: "a".repeat(32),
              spanId: "b".repeat(16),
              traceState: "",
              attributes: { why: "retry" },
              droppedAttributes: 0,
              flags: 0x101,
            },
          ],
          droppedEvents: 1,
        },
      ]);
    });

    test(`log records arrive field for field by ${encoding}`, async () => {
      const startMs = nowMs + (encoding === "json" ? 2000 : 3000);
      await sendLogs({ url: world.server.url, encoding, startMs });
      const filter = { fromNs: inNs(startMs - nowMs), toNs: inNs(startMs - nowMs + 1000) };
      const { items } = await world.services.telemetry.logs(filter, { limit: 10, cursor: null });
      const at = (ms: number): bigint => inNs(startMs - nowMs + ms);
      assert.deepEqual(
        items.map(({ item }) => item),
        [
          {
            source,
            timeNs: at(2),
            observedNs: at(2),
            severity: 0,
            severityText: "",
            body: "plain",
            eventName: "",
            attributes: {},
            droppedAttributes: 0,
            flags: 0,
            traceId: "",
            spanId: "",
          },
          {
            source,
            timeNs: at(0),
            observedNs: at(1),
            severity: 17,
            severityText: "ERROR",
            body: { text: "declined", codes: [4, 2] },
            eventName: "payment.declined",
            attributes: allKinds,
            droppedAttributes: 0,
            flags: 1,
            traceId: "a".repeat(32),
            spanId: "b".repeat(16),
          },
        ],
      );
    });
  }
});
