/**
 * A query's answer as the JSON text of the Prometheus HTTP API, made in the thread that evaluates: what goes to the main thread is one
 * buffer, which is moved and not copied, and sending it is all that is left to do there.
 * Source: prometheus/docs querying/api.md, "Expression query result formats"; web/api/v1/json_codec.go.
 */
import type { NativeHistogram } from "../core/native-histogram.ts";
import type { MatrixSeries, QueryResult, QueryStats, VectorSample } from "./api.ts";
import { apiBuckets } from "./histogram/format.ts";
import { numberBytesMax, writeNumber, writeSeconds } from "./text-bytes.ts";

/** Text that grows, and how many of the answer's points are in there. */
interface Output {
  bytes: Buffer<ArrayBuffer>;
  at: number;
  written: number;
  readonly points: number;
}

/** Room to begin with. What the answer needs is told from what the points take that come first. */
const firstBytes = 65_536;
/** How much longer than those the others may be. */
const margin = 1.05;

/** UTF-8. Times become seconds, values strings. */
export function resultJson(result: QueryResult): Uint8Array<ArrayBuffer> {
  // Memory of its own, which can be moved to another thread.
  const out: Output = { bytes: Buffer.allocUnsafeSlow(firstBytes), at: 0, written: 0, points: pointsIn(result) };
  text(out, `{"status":"success"${notes("warnings", result.warnings)}${notes("infos", result.infos)},"data":`);
  text(out, `{"resultType":"${result.type}","result":`);
  switch (result.type) {
    case "scalar":
      writePoint(out, result.timestampMs, result.value);
      break;
    case "string":
      text(out, "[");
      seconds(out, result.timestampMs);
      text(out, `,${JSON.stringify(result.value)}]`);
      break;
    case "vector":
      writeVector(out, result.samples);
      break;
    case "matrix":
      writeMatrix(out, result.series);
      break;
  }
  if (result.stats !== undefined) text(out, `,"stats":${statsText(result.stats)}`);
  text(out, "}}");
  return out.bytes.subarray(0, out.at);
}

function pointsIn(result: QueryResult): number {
  if (result.type === "vector") return result.samples.length;
  return result.type === "matrix" ? result.series.reduce((sum, { values }) => sum + values.length, 0) : 1;
}

function reserve(out: Output, more: number): void {
  const needed = out.at + more;
  if (needed <= out.bytes.length) return;
  const expected = (margin * out.at * out.points) / Math.max(1, out.written);
  const most = needed + pointBytesMax * (out.points - out.written);
  const grown = Buffer.allocUnsafeSlow(Math.ceil(Math.max(1.2 * needed, Math.min(expected, most))));
  grown.set(out.bytes.subarray(0, out.at));
  out.bytes = grown;
}

function text(out: Output, part: string): void {
  // A code unit takes three bytes at most.
  reserve(out, 3 * part.length);
  out.at += out.bytes.write(part, out.at);
}

function seconds(out: Output, timeMs: number): void {
  reserve(out, numberBytesMax);
  out.at = writeSeconds(out.bytes, out.at, timeMs);
}

function number(out: Output, value: number): void {
  reserve(out, numberBytesMax);
  out.at = writeNumber(out.bytes, out.at, value);
}

/** Empty lists of notes are left out, as Prometheus does. */
function notes(name: string, texts: readonly string[]): string {
  return texts.length === 0 ? "" : `,"${name}":${JSON.stringify(texts)}`;
}

function writeVector(out: Output, samples: readonly VectorSample[]): void {
  text(out, "[");
  for (const [index, { labels, timestampMs, value, histogram }] of samples.entries()) {
    const head = `${index === 0 ? "" : ","}{"metric":${JSON.stringify(labels)}`;
    if (histogram === undefined) {
      text(out, `${head},"value":`);
      writePoint(out, timestampMs, value);
    } else {
      text(out, `${head},"histogram":`);
      writeHistogram(out, timestampMs, histogram);
    }
    text(out, "}");
  }
  text(out, "]");
}

function writeMatrix(out: Output, series: readonly MatrixSeries[]): void {
  const beginnings = pointBeginnings();
  text(out, "[");
  for (const [index, { labels, timestampsMs, values, histograms }] of series.entries()) {
    text(out, `${index === 0 ? "" : ","}{"metric":${JSON.stringify(labels)}`);
    if (values.length > 0) {
      text(out, ',"values":[');
      writePoints(out, beginnings(timestampsMs), values);
      text(out, "]");
    }
    if (histograms !== undefined && histograms.values.length > 0) {
      text(out, ',"histograms":[');
      for (const [i, histogram] of histograms.values.entries()) {
        if (i > 0) text(out, ",");
        writeHistogram(out, histograms.timestampsMs[i] ?? 0, histogram);
      }
      text(out, "]");
    }
    text(out, "}");
  }
  text(out, "]");
}

/** `[1700000000.5,"` for each time, as bytes. Most series of an answer share the array of their times, and so these. */
function pointBeginnings(): (timestampsMs: Float64Array) => readonly Uint8Array[] {
  let of: Float64Array | null = null;
  let beginnings: readonly Uint8Array[] = [];
  return (timestampsMs) => {
    if (of !== timestampsMs) beginnings = Array.from(timestampsMs, beginningOf);
    of = timestampsMs;
    return beginnings;
  };
}

const quoteByte = 0x22;
const commaByte = 0x2c;
const closingByte = 0x5d;
const beginningBytesMax = numberBytesMax + 3;
/** `,[1700000000.123,"-1.7976931348623157e+308"]`. */
const pointBytesMax = beginningBytesMax + numberBytesMax + 3;
const beginningScratch = Buffer.alloc(beginningBytesMax);

function beginningOf(timeMs: number): Uint8Array {
  beginningScratch.write("[");
  const end = writeSeconds(beginningScratch, 1, timeMs);
  return Uint8Array.from(beginningScratch.subarray(0, end + beginningScratch.write(',"', end)));
}

/** `[1700000000,"1"],[1700000030,"2"]`. */
function writePoints(out: Output, beginnings: readonly Uint8Array[], values: Float64Array): void {
  reserve(out, values.length * pointBytesMax);
  const { bytes } = out;
  let at = out.at;
  for (let i = 0; i < values.length; i++) {
    const beginning = beginnings[i] ?? noBytes;
    if (i > 0) bytes[at++] = commaByte;
    // Not `set`, which takes longer for so few.
    for (let k = 0; k < beginning.length; k++) bytes[at++] = beginning[k] ?? 0;
    at = writeNumber(bytes, at, values[i] ?? Number.NaN);
    bytes[at++] = quoteByte;
    bytes[at++] = closingByte;
  }
  out.at = at;
  out.written += values.length;
}

const noBytes = new Uint8Array();

function writePoint(out: Output, timestampMs: number, value: number): void {
  writePoints(out, [beginningOf(timestampMs)], Float64Array.of(value));
}

function writeHistogram(out: Output, timestampMs: number, histogram: NativeHistogram): void {
  text(out, "[");
  seconds(out, timestampMs);
  text(out, ',{"count":"');
  number(out, histogram.count);
  text(out, '","sum":"');
  number(out, histogram.sum);
  text(out, '"');
  const buckets = apiBuckets(histogram);
  for (const [index, [rule, ...numbers]] of buckets.entries()) {
    text(out, index === 0 ? `,"buckets":[[${rule}` : `,[${rule}`);
    for (const one of numbers) {
      text(out, ',"');
      number(out, one);
      text(out, '"');
    }
    text(out, "]");
  }
  text(out, buckets.length > 0 ? "]}]" : "}]");
}

/** Source: Prometheus util/stats/query_stats.go. What it has and we do not measure apart is left out. */
function statsText({ queuedSeconds, parseSeconds, evaluationSeconds, samplesRead, samples }: QueryStats): string {
  return JSON.stringify({
    timings: {
      evalTotalTime: evaluationSeconds,
      queryPreparationTime: parseSeconds,
      ...(queuedSeconds === undefined ? {} : { execQueueTime: queuedSeconds }),
      execTotalTime: parseSeconds + evaluationSeconds + (queuedSeconds ?? 0),
    },
    samples: { totalQueryableSamples: samplesRead, peakSamples: samples },
  });
}
