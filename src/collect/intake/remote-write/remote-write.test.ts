import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ChainPulseError } from "../../../core/errors.ts";
import { formatLabels } from "../../../core/labels.ts";
import type { NativeHistogram } from "../../../core/native-histogram.ts";
import { staleNaNBits } from "../../../core/storage.ts";
import { nowMs, openDoorLab, v1, v2 } from "./door-lab.test-support.ts";
import { bitsOf, type SentSeries, writeRequestV1, writeRequestV2 } from "./write-request.test-support.ts";

const versions = { "1.0": { type: v1, write: writeRequestV1 }, "2.0": { type: v2, write: writeRequestV2 } } as const;

const one = (labels: SentSeries["labels"], bits = bitsOf(1), timeMs = nowMs): SentSeries => ({
  labels,
  samples: [{ timeMs, bits }],
});

const histogram: NativeHistogram = {
  counterReset: "not_reset",
  schema: 3,
  zeroThreshold: 1e-9,
  zeroCount: 2,
  count: 14,
  sum: 18.4,
  positiveSpans: [
    { offset: -2, length: 2 },
    { offset: 3, length: 1 },
  ],
  positiveBuckets: [1, 4, 2],
  negativeSpans: [{ offset: 0, length: 2 }],
  negativeBuckets: [2, 3],
  customValues: [],
};

const customHistogram: NativeHistogram = {
  ...histogram,
  counterReset: "gauge",
  schema: -53,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 10,
  positiveSpans: [{ offset: 1, length: 3 }],
  positiveBuckets: [5, 3, 2],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [0.1, 1, 10],
};

const timeMs = fc.integer({ min: nowMs - 86_400_000, max: nowMs });
const sample = fc.record({
  timeMs,
  bits: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constant(staleNaNBits), fc.constant(0n)),
});
const labelText = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) => !text.includes("\u0000"));
const labels = fc
  .dictionary(labelText, labelText, { maxKeys: 5 })
  .map((pairs) => ({ ...pairs, __name__: pairs["__name__"] ?? "m" }))
  // Numbers come first in an object whatever their order was: that is a matter of the test's labels, not of the door.
  .filter((pairs) => Object.keys(pairs).every((name) => !/^\d+$/.test(name)));
const requests = fc.array(fc.array(fc.record({ labels, samples: fc.array(sample, { maxLength: 4 }) }), { maxLength: 6 }), {
  maxLength: 4,
});

function modelOf(sent: readonly (readonly SentSeries[])[]): Map<string, Map<number, bigint>> {
  const model = new Map<string, Map<number, bigint>>();
  for (const series of sent.flat()) {
    const name = formatLabels(Object.fromEntries(Object.entries(series.labels).sort(([a], [b]) => (a < b ? -1 : 1))));
    const samples = model.get(name) ?? new Map<number, bigint>();
    for (const { timeMs: time, bits } of series.samples ?? []) samples.set(time, bits);
    if (samples.size > 0) model.set(name, samples);
  }
  return model;
}

for (const [version, { type, write }] of Object.entries(versions)) {
  describe(`remote write ${version}`, () => {
    test("series of a sender that has gone are given up, though nobody sends any more", async () => {
      // Wrong: the store never forgets the series of a sender that was switched off, however long ago.
      using lab = openDoorLab();
      await lab.send(writeRequestV1([one({ __name__: "gone" })]));
      assert.ok(lab.writer.held.has("gone"));
      // Two of the cache's generations.
      for (let turn = 0; turn < 2; turn++) {
        lab.clock.time += 3_600_000;
        await lab.keepUp();
      }
      assert.ok(!lab.writer.held.has("gone"));
    });

    test("what is sent is stored, bit by bit, in whatever order and however often it comes", async () => {
      // What breaks: samples of a Prometheus are lost, or come back as others.
      await fc.assert(
        fc.asyncProperty(requests, async (sent) => {
          using lab = openDoorLab();
          for (const request of [...sent, ...sent]) assert.deepEqual((await lab.send(write(request), type)).status, 204);
          assert.deepEqual(lab.writer.stored, modelOf(sent));
        }),
        { numRuns: 60 },
      );
    });

    test("a series is asked for once, and then known by its bytes", async () => {
      // What breaks: each request makes all labels anew, and ingest costs ten times as much.
      using lab = openDoorLab();
      const series = Array.from({ length: 50 }, (_, i) => one({ __name__: "m", instance: `host-${i}` }));
      await lab.send(write(series), type);
      await lab.send(write(series.toReversed()), type);
      await lab.send(write([...series, one({ __name__: "new" })]), type);
      assert.equal(lab.writer.calls.resolve, 51);
    });

    test("histograms of integers, floats and bounds of their own arrive as they are", async () => {
      // What breaks: quantiles of native histograms are wrong.
      using lab = openDoorLab();
      const histograms = [
        { timeMs: nowMs - 3, histogram, isInteger: true },
        { timeMs: nowMs - 2, histogram: { ...histogram, positiveBuckets: [0.5, 4.25, 2] }, isInteger: false },
        { timeMs: nowMs - 1, histogram: customHistogram, isInteger: true },
      ];
      const answer = await lab.send(write([{ labels: { __name__: "h" }, histograms }]), type);
      assert.equal(answer.status, 204, answer.text);
      const stored = lab.writer.stored.get("h");
      assert.deepEqual(
        Array.from(stored ?? []),
        histograms.map((sent) => [sent.timeMs, sent.histogram]),
      );
    });

    test("a histogram that is stale ends the series", async () => {
      // What breaks: a histogram that has ended goes on in every chart for five minutes.
      using lab = openDoorLab();
      const stale = { ...histogram, sum: new Float64Array(BigUint64Array.of(staleNaNBits).buffer)[0] ?? 0 };
      await lab.send(write([{ labels: { __name__: "h" }, histograms: [{ timeMs: nowMs, histogram: stale }] }]), type);
      assert.deepEqual(lab.writer.stored.get("h"), new Map([[nowMs, staleNaNBits]]));
    });

    test("exemplars and metadata go beside the samples, metadata once", async () => {
      // What breaks: Grafana shows no exemplars and no help.
      using lab = openDoorLab();
      const series: SentSeries = {
        ...one({ __name__: "requests_total", job: "a" }),
        exemplars: [{ labels: { trace_id: "abc" }, value: 1.5, timeMs: nowMs }],
        metadata: { type: 1, help: "Requests.", unit: "" },
      };
      await lab.send(write([series]), type);
      const answer = await lab.send(write([series]), type);
      assert.deepEqual(lab.metadata, [{ metric: "requests_total", type: "counter", help: "Requests.", unit: "" }]);
      const found = {
        series: { __name__: "requests_total", job: "a" },
        exemplars: [{ labels: { trace_id: "abc" }, value: 1.5, timestampMs: nowMs }],
      };
      assert.deepEqual(lab.exemplars, [found, found]);
      if (version === "2.0") assert.equal(answer.headers["x-prometheus-remote-write-exemplars-written"], "1");
    });

    test("what is good is stored, and what is not is told with 400", async () => {
      // What breaks: one bad series keeps a whole Prometheus out, or is lost without a word.
      using lab = openDoorLab();
      const bad: readonly SentSeries[] = [
        one({ job: "without-a-name" }),
        one({}),
        one({ __name__: "m", "": "x" }),
        one({ __name__: "m", a: "nul \u0000" }),
        one([
          ["__name__", "m"],
          ["a", "1"],
          ["a", "2"],
        ]),
        one({ __name__: "m", long: "x".repeat(9000) }),
        one(Object.fromEntries([["__name__", "m"], ...Array.from({ length: 200 }, (_, i) => [`l${i}`, "v"] as const)])),
        one({ __name__: "old" }, bitsOf(1), nowMs - 31 * 86_400_000),
        one({ __name__: "negative" }, bitsOf(1), -1),
        one({ __name__: "future" }, bitsOf(1), nowMs + 3_600_000),
        { labels: { __name__: "h" }, histograms: [{ timeMs: nowMs, histogram: { ...histogram, count: 99 }, isInteger: true }] },
        { labels: { __name__: "h" }, histograms: [{ timeMs: nowMs, histogram: { ...histogram, schema: 9 } }] },
        { labels: { __name__: "h" }, histograms: [{ timeMs: nowMs, histogram: { ...histogram, positiveBuckets: [1] } }] },
        { labels: { __name__: "h" }, histograms: [{ timeMs: nowMs, histogram: { ...customHistogram, customValues: [1, 1] } }] },
      ];
      const answer = await lab.send(write([one({ __name__: "good" }), ...bad, one({ __name__: "good", le: "+Inf" })]), type);
      assert.equal(answer.status, 400);
      assert.match(answer.text, /^14 samples were not stored: /);
      assert.deepEqual([...lab.writer.stored.keys()], ["good", 'good{le="+Inf"}']);
      assert.deepEqual(lab.refused(), { invalid: 9, label_limit: 2, too_old: 2, too_new: 1 });
      if (version === "2.0") assert.equal(answer.headers["x-prometheus-remote-write-samples-written"], "2");
    });

    test("a series whose labels are too long together is 400, and keeps no other new series out", async () => {
      // What breaks: a sender that comes again after 429 stands still for ever, and all others of its node get no new series.
      using lab = openDoorLab();
      const long = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`l${i}`, "x".repeat(8000)] as const));
      const exemplars = [{ labels: { trace_id: "t" }, value: 1, timeMs: nowMs }];
      const answer = await lab.send(write([{ ...one({ __name__: "m", ...long }), exemplars }, one({ __name__: "a" })]), type);
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.text, /^1 samples were not stored: 1 because the labels of a series have more than 65536 characters/);
      assert.deepEqual(lab.refused(), { label_limit: 1 });
      assert.deepEqual(lab.exemplars, []);
      assert.equal((await lab.send(write([one({ __name__: "b" })]), type)).status, 204);
      assert.deepEqual([...lab.writer.stored.keys()], ["a", "b"]);
    });

    test("labels need no order, and empty values are none", async () => {
      // What breaks: the same series is stored as two.
      using lab = openDoorLab();
      await lab.send(
        write([
          one([
            ["job", "a"],
            ["__name__", "m"],
            ["z", ""],
          ]),
          one({ __name__: "m", job: "a" }),
        ]),
        type,
      );
      assert.deepEqual([...lab.writer.stored.keys()], ['m{job="a"}']);
    });
  });
}

describe("the door of remote write", () => {
  const body = writeRequestV1([one({ __name__: "m" })]);

  test("other types, encodings and messages are 415", async () => {
    // What breaks: a sender that could speak another version does not learn that it should.
    using lab = openDoorLab();
    const statusOf = async (type: string, encoding: string): Promise<number> =>
      (await lab.sendBody(body, type, encoding)).status;
    assert.equal(await statusOf("application/json", "snappy"), 415);
    assert.equal(await statusOf("image/png", "snappy"), 415);
    assert.equal(await statusOf(`${v1};proto=some.Other`, "snappy"), 415);
    for (const encoding of ["gzip", "deflate", "br", "lzma"]) assert.equal(await statusOf(v1, encoding), 415, encoding);
  });

  test("a request that is not what it says is 400, and what is too large 413, before memory is taken for it", async () => {
    // What breaks: bombs of a few bytes take gigabytes (CVE-2026-42154).
    using lab = openDoorLab({ max_decompressed_bytes: 65_536 });
    const declared = (length: number): Uint8Array => {
      const bytes: number[] = [];
      let rest = length;
      for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
      return Uint8Array.from([...bytes, rest, ...new Uint8Array(100)]);
    };
    assert.equal((await lab.sendBody(declared(2 ** 32 - 1), v1, "snappy")).status, 413);
    assert.equal((await lab.sendBody(declared(60_000), v1, "snappy")).status, 400);
    assert.equal((await lab.sendBody(new Uint8Array(0), v1, "snappy")).status, 400);
    assert.equal((await lab.sendBody(Uint8Array.of(0xff, 0xff), v1, "snappy")).status, 400);
    assert.equal((await lab.send(new Uint8Array(70_000))).status, 413);
    assert.equal((await lab.send(Uint8Array.of(0x0a, 0x7f))).status, 400);
  });

  test("too many series in one request are 413, and nothing of it is stored", async () => {
    // What breaks: one request takes the memory of the thread.
    using lab = openDoorLab({ max_series_per_request: 10 });
    const many = Array.from({ length: 11 }, (_, i) => one({ __name__: "m", i: String(i) }));
    assert.equal((await lab.send(writeRequestV1(many))).status, 413);
    assert.equal(lab.writer.stored.size, 0);
  });

  test("2.0: a few bytes that name a long text again and again become no gigabytes", async () => {
    // What breaks: a body of 10 KB keeps the thread busy for half a minute, and takes all memory meanwhile.
    const long = "x".repeat(5000);
    const labelsOf = (count: number): SentSeries["labels"] =>
      Object.fromEntries([["__name__", "m"], ...Array.from({ length: count }, (_, i) => [`l${i}`, long] as const)]);
    using lab = openDoorLab({ max_decompressed_bytes: 65_536 });
    const wide = await lab.send(writeRequestV2([one({ __name__: "known" }), one(labelsOf(127))]), v2);
    assert.equal(wide.status, 413);
    using roomy = openDoorLab();
    const partly = await roomy.send(writeRequestV2([one({ __name__: "known" }), one(labelsOf(127))]), v2);
    assert.equal(partly.status, 400);
    assert.match(partly.text, /^1 samples were not stored: 1 because its labels have more than 131072 bytes together/);
    assert.deepEqual([...roomy.writer.stored.keys()], ["known"]);
    const many = Array.from({ length: 30 }, (_, i) => one({ __name__: `m${i}`, long }));
    assert.equal((await lab.send(writeRequestV2(many), v2)).status, 413);
    assert.equal((await lab.send(writeRequestV2(many.slice(0, 20)), v2)).status, 204);
  });

  test("without room for more series what is known goes on, and what is new is 429", async () => {
    // What breaks: one label that explodes stops all charts, or the sender gives the samples up.
    using lab = openDoorLab();
    lab.writer.maxSeries = 1;
    assert.equal((await lab.send(writeRequestV1([one({ __name__: "known" })]))).status, 204);
    const burst = [
      one({ __name__: "known" }, bitsOf(2)),
      ...Array.from({ length: 100 }, (_, i) => one({ __name__: "new", i: String(i) })),
    ];
    const answer = await lab.send(writeRequestV1(burst));
    assert.equal(answer.status, 429);
    assert.equal(answer.headers["retry-after"], "60");
    assert.deepEqual(lab.writer.stored, new Map([["known", new Map([[nowMs, bitsOf(2)]])]]));
    const asked = lab.writer.calls.resolve;
    await lab.send(writeRequestV1(burst));
    assert.equal(lab.writer.calls.resolve, asked, "the store is not asked again at once");
    lab.writer.maxSeries = 1000;
    lab.clock.time += 6000;
    assert.equal((await lab.send(writeRequestV1(burst))).status, 204);
  });

  test("exemplars that cannot be stored keep no samples out", async () => {
    // What breaks: a damaged file of exemplars makes every sender try the same request again, for ever.
    using lab = openDoorLab();
    lab.besideFailure = new Error("the file is of a newer version");
    const exemplars = [{ labels: { trace_id: "t" }, value: 1, timeMs: nowMs }];
    const answer = await lab.send(writeRequestV2([{ ...one({ __name__: "a" }), exemplars }]), v2);
    assert.equal(answer.status, 204);
    assert.equal(answer.headers["x-prometheus-remote-write-samples-written"], "1");
    assert.equal(answer.headers["x-prometheus-remote-write-exemplars-written"], "0");
    assert.deepEqual([...lab.writer.stored.keys()], ["a"]);
  });

  test("a full disk is 503 with a time to come again", async () => {
    // What breaks: the sender takes it for its own fault, and gives the samples up.
    using lab = openDoorLab();
    lab.writer.failure = new ChainPulseError("STORE_FULL", "the disk is full");
    const answer = await lab.send(body);
    assert.deepEqual([answer.status, answer.headers["retry-after"]], [503, "10"]);
    lab.writer.failure = null;
    assert.equal((await lab.send(body)).status, 204);
  });

  test("series that are sent no more are given up", async () => {
    // What breaks: series that ended weeks ago count against the limit, and are never forgotten.
    using lab = openDoorLab();
    await lab.send(writeRequestV1([one({ __name__: "a" }), one({ __name__: "b" })]));
    for (let round = 0; round < 3; round++) {
      lab.clock.time += 600_000;
      await lab.send(writeRequestV1([one({ __name__: "a" }, bitsOf(1), lab.clock.time)]));
    }
    assert.deepEqual(lab.writer.held, new Set(["a"]));
    await lab.send(writeRequestV1([one({ __name__: "b" }, bitsOf(3), lab.clock.time)]));
    assert.equal(lab.writer.stored.get("b")?.size, 2);
  });

  test("garbage is refused and never a failure", async () => {
    // What breaks: a fuzzer takes the intake down, or a sender is told to send garbage again.
    const valid = writeRequestV2([{ ...one({ __name__: "m", a: "b" }), histograms: [{ timeMs: nowMs, histogram }] }]);
    const mutated = fc
      .array(fc.tuple(fc.nat({ max: valid.length - 1 }), fc.integer({ min: 0, max: 255 })), { maxLength: 6 })
      .map((changes) => {
        const bytes = Uint8Array.from(valid);
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    using lab = openDoorLab();
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), fc.constantFrom(v1, v2), async (bytes, type) => {
        const packed = await lab.send(bytes, type);
        assert.ok([204, 400].includes(packed.status), `${packed.status} ${packed.text}`);
        const raw = await lab.sendBody(bytes, type, "snappy");
        assert.ok([204, 400, 413].includes(raw.status), `${raw.status} ${raw.text}`);
      }),
      { numRuns: 400 },
    );
  });
});
