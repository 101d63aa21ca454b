/**
 * A query's answer as the JSON text of the Prometheus HTTP API, made in the thread that evaluates: what goes to the main thread is one
 * buffer, which is moved and not copied, and sending it is all that is left to do there.
 * Source: prometheus/docs querying/api.md, "Expression query result formats"; web/api/v1/json_codec.go.
 */
import { ChainPulseError } from "../core/errors.ts";
import type { NativeHistogram } from "../core/native-histogram.ts";
import type { MatrixSeries, QueryResult, QueryStats, VectorSample } from "./api.ts";
import { apiBuckets } from "./histogram/format.ts";
import { beginningsFinder, pointBytesMax, writePoints } from "./point-text.ts";
import { numberBytesMax, writeNumber, writeSeconds } from "./text-bytes.ts";

/** Text that grows, and how many of the answer's points are in there. */
interface Output {
  bytes: Buffer<ArrayBuffer>;
  at: number;
  written: number;
  readonly points: number;
  readonly bytesMax: number;
  readonly checkTime: () => void;
}

export interface ResultJsonOptions {
  /** Default: 256 MiB. */
  readonly bytesMax?: number;
  /** Called every few milliseconds, to throw where the text is not wanted any more. */
  readonly checkTime?: () => void;
}

/** Of one answer: a million points take 40 MB, and labels as much again, several times. */
const answerBytesMax = 256 * 1024 * 1024;

/** Room to begin with. What the answer needs is told from what the points take that come first. */
const firstBytes = 65_536;
/** How much longer than those the others may be. */
const margin = 1.05;

/** Samples of a vector between two looks at the clock; of a matrix it is looked at for each series. */
const samplesBetweenLooks = 1024;

/** UTF-8. Times become seconds, values strings. Throws `QUERY_LIMIT` beyond `bytesMax`, and what `checkTime` throws. */
export function resultJson(
  result: QueryResult,
  { bytesMax = answerBytesMax, checkTime = () => undefined }: ResultJsonOptions = {},
): Uint8Array<ArrayBuffer> {
  // Memory of its own, which can be moved to another thread.
  const bytes = Buffer.allocUnsafeSlow(Math.min(firstBytes, bytesMax));
  const out: Output = { bytes, at: 0, written: 0, points: pointsIn(result), bytesMax, checkTime };
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
  if (needed > out.bytesMax) {
    throw new ChainPulseError("QUERY_LIMIT", `the answer has more than ${out.bytesMax} bytes of text`, {
      fix: "Aggregate, select fewer series, enlarge the step or shorten the time range.",
    });
  }
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
    if (index % samplesBetweenLooks === 0) out.checkTime();
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
  const beginnings = beginningsFinder();
  text(out, "[");
  for (const [index, { labels, timestampsMs, values, histograms }] of series.entries()) {
    out.checkTime();
    text(out, `${index === 0 ? "" : ","}{"metric":${JSON.stringify(labels)}`);
    if (values.length > 0) {
      text(out, ',"values":[');
      reserve(out, values.length * pointBytesMax);
      out.at = writePoints(out.bytes, out.at, values, beginnings(timestampsMs));
      out.written += values.length;
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

function writePoint(out: Output, timestampMs: number, value: number): void {
  text(out, "[");
  seconds(out, timestampMs);
  text(out, ',"');
  number(out, value);
  text(out, '"]');
  out.written += 1;
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
