import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { ProtobufError } from "../protobuf/protobuf-error.ts";
import { ProtoWriter } from "../protobuf/writer.ts";
import { ProtobufExposition, type ProtobufOptions } from "./protobuf-exposition.ts";
import { readProtobufExemplar } from "./read-exemplar.ts";
import { readSeriesKey } from "./series-key.ts";

interface Told {
  readonly comments: string[];
  readonly samples: (readonly [key: string, timeMs: number | null, value: number])[];
  readonly histograms: (readonly [key: string, histogram: NativeHistogram])[];
  readonly exemplars: Uint8Array[];
}

function read(bytes: Uint8Array, options: ProtobufOptions = { native: true, classic: true }): Told {
  const told: Told = { comments: [], samples: [], histograms: [], exemplars: [] };
  const text = (key: { readonly bytes: Uint8Array; readonly length: number }): string =>
    Buffer.from(key.bytes.subarray(0, key.length)).toString();
  const exposition = new ProtobufExposition(
    bytes,
    {
      comment: (key) => told.comments.push(text(key)),
      sample: (key, timeMs, value, exemplarAt, exemplarEnd) => {
        told.samples.push([text(key), Number.isNaN(timeMs) ? null : timeMs, value]);
        if (exemplarAt !== -1) told.exemplars.push(bytes.subarray(exemplarAt, exemplarEnd));
      },
      histogram: (key, _, histogram, exemplars) => {
        told.histograms.push([text(key), histogram]);
        for (let i = 0; i < exemplars.length; i += 2) told.exemplars.push(bytes.subarray(exemplars[i], exemplars[i + 1]));
      },
    },
    options,
  );
  while (exposition.readSlice());
  return told;
}

interface Metric {
  readonly labels?: readonly (readonly [string, string])[];
  readonly timeMs?: number;
  /** Field of the value's message, and what is in it. */
  readonly field: number;
  readonly write: (writer: ProtoWriter) => void;
}

function family(name: string, type: number, metrics: readonly Metric[], help = ""): Uint8Array {
  const writer = new ProtoWriter();
  const start = writer.begin(1);
  writer.string(1, name);
  if (help !== "") writer.string(2, help);
  writer.uint(3, type);
  for (const metric of metrics) {
    const at = writer.begin(4);
    for (const [label, value] of metric.labels ?? []) {
      const pair = writer.begin(1);
      writer.string(1, label);
      writer.string(2, value);
      writer.end(pair);
    }
    const value = writer.begin(metric.field);
    metric.write(writer);
    writer.end(value);
    if (metric.timeMs !== undefined) writer.int(6, metric.timeMs);
    writer.end(at);
  }
  writer.end(start);
  // A family stands behind its length without a tag.
  return writer.finish().subarray(1);
}

const number = (value: number) => (writer: ProtoWriter) => writer.double(1, value);
const [counter, gauge, summary, , histogram] = [0, 1, 2, 3, 4];

test("numbers come with the keys that the text format would have", () => {
  // If this fails, a target that changes its format becomes other series.
  const body = Buffer.concat([
    family("a_total", counter, [{ labels: [["b", 'x"\\\n']], field: 3, write: number(5), timeMs: 7000 }], "Help."),
    family("dotted.name", gauge, [{ labels: [["odd-label", "y"]], field: 2, write: number(-1) }]),
  ]);
  const { comments, samples } = read(body);
  assert.deepEqual(samples, [
    ['a_total{b="x\\"\\\\\\n"}', 7000, 5],
    ['{"dotted.name","odd-label"="y"}', null, -1],
  ]);
  assert.deepEqual(comments, ['# HELP "a_total" Help.', '# TYPE "a_total" counter', '# TYPE "dotted.name" gauge']);
  const key = Buffer.from(samples[0]?.[0] ?? "");
  assert.deepEqual(readSeriesKey(key, 0, key.length, null), { name: "a_total", labels: { b: 'x"\\\n' } });
});

test("summaries and classic histograms come in parts", () => {
  // If this fails, quantiles of scraped programs cannot be computed.
  const body = Buffer.concat([
    family("s", summary, [
      {
        field: 4,
        write(writer) {
          writer.uint(1, 3);
          writer.double(2, 6.5);
          const quantile = writer.begin(3);
          writer.double(1, 0.5);
          writer.double(2, 2);
          writer.end(quantile);
        },
      },
    ]),
    family("h", histogram, [
      {
        labels: [["x", "1"]],
        field: 7,
        write(writer) {
          writer.uint(1, 3);
          writer.double(2, 1.5);
          const bucket = writer.begin(3);
          writer.uint(1, 2);
          writer.double(2, 1);
          const exemplar = writer.begin(3);
          writer.double(2, 0.25);
          writer.end(exemplar);
          writer.end(bucket);
        },
      },
    ]),
  ]);
  const { samples, exemplars } = read(body);
  assert.deepEqual(
    samples.map(([key, , value]) => [key, value]),
    [
      ["s_count", 3],
      ["s_sum", 6.5],
      ['s{quantile="0.5"}', 2],
      ['h_count{x="1"}', 3],
      ['h_sum{x="1"}', 1.5],
      ['h_bucket{x="1",le="1.0"}', 2],
      ['h_bucket{x="1",le="+Inf"}', 3],
    ],
  );
  assert.equal(readProtobufExemplar(exemplars[0] ?? new Uint8Array(0))?.value, 0.25);
});

const nativeBody = (spanLength = 2): Uint8Array =>
  family("n", histogram, [
    {
      field: 7,
      write(writer) {
        writer.uint(1, 7);
        writer.double(2, 12.5);
        writer.sint(5, 3);
        writer.double(6, 0.001);
        writer.uint(7, 1);
        const span = writer.begin(12);
        writer.sint(1, -2);
        writer.uint(2, spanLength);
        writer.end(span);
        const deltas = writer.begin(13);
        writer.zigzag(4);
        writer.zigzag(-2);
        writer.end(deltas);
      },
    },
  ]);

test("a native histogram has absolute counts, and classic parts only where they are asked for", () => {
  // If this fails, histograms count other observations than the program has made.
  const { histograms, samples } = read(nativeBody(), { native: true, classic: false });
  assert.deepEqual(histograms, [
    [
      "n",
      {
        counterReset: "unknown",
        schema: 3,
        zeroThreshold: 0.001,
        zeroCount: 1,
        count: 7,
        sum: 12.5,
        positiveSpans: [{ offset: -2, length: 2 }],
        positiveBuckets: [4, 2],
        negativeSpans: [],
        negativeBuckets: [],
        customValues: [],
      },
    ],
  ]);
  assert.deepEqual(samples, []);
  const asClassic = read(nativeBody(), { native: false, classic: true });
  assert.deepEqual(asClassic.histograms, []);
  assert.deepEqual(
    asClassic.samples.map(([key]) => key),
    ["n_count", "n_sum", 'n_bucket{le="+Inf"}'],
  );
  assert.throws(() => read(nativeBody(4_000_000_000)), ProtobufError);
});

test("bytes of any kind are read or refused, never anything else", () => {
  // If this fails, one broken target ends the thread that scrapes all of them.
  const whole = Buffer.concat([
    nativeBody(),
    family("a", counter, [{ labels: [["b", "c"]], field: 3, write: number(1) }]),
    family("g", gauge, [{ field: 2, write: number(2) }]),
  ]);
  const fault = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
  const changed = fc.array(fault, { minLength: 1, maxLength: 5 }).map((faults) => {
    const bytes = Uint8Array.from(whole);
    for (const { at, byte } of faults) bytes[at % bytes.length] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 64 })), (bytes) => {
      try {
        read(bytes);
      } catch (error) {
        assert.ok(error instanceof ProtobufError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
