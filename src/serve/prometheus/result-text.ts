/**
 * A query's answer as text in the envelope of the Prometheus HTTP API, in pieces. An answer may have a million values; made as one
 * object and written as one text it held the main thread, and with it every other request, for a second per 25 MB (measured). In
 * pieces it is written faster than that, and others are answered between them.
 */
import { setImmediate } from "node:timers/promises";
import type { MatrixSeries, QueryResult, VectorSample } from "../../query/api.ts";
import { formatValue } from "./exposition.ts";

/** Values per piece: some 5 ms of work. */
const pieceValues = 10_000;

/** JSON text; times become seconds, values strings. Source: prometheus/docs querying/api.md, "Expression query result formats". */
export async function* resultText(result: QueryResult): AsyncGenerator<string> {
  yield `{"status":"success"${notes("warnings", result.warnings)}${notes("infos", result.infos)},"data":`;
  yield `{"resultType":"${result.type}","result":`;
  switch (result.type) {
    case "scalar":
      yield pair(result.timestampMs, formatValue(result.value));
      break;
    case "string":
      yield pair(result.timestampMs, result.value);
      break;
    case "vector":
      yield* inPieces(vectorParts(result.samples));
      break;
    case "matrix":
      yield* inPieces(matrixParts(result.series));
      break;
  }
  yield "}}";
}

/** Empty lists of notes are left out, as Prometheus does. */
function notes(name: string, texts: readonly string[]): string {
  return texts.length === 0 ? "" : `,"${name}":${JSON.stringify(texts)}`;
}

function pair(timestampMs: number, value: string): string {
  return `[${timestampMs / 1000},${JSON.stringify(value)}]`;
}

function* vectorParts(samples: readonly VectorSample[]): Generator<string> {
  yield "[";
  for (const [index, { labels, timestampMs, value }] of samples.entries()) {
    const comma = index === 0 ? "" : ",";
    yield `${comma}{"metric":${JSON.stringify(labels)},"value":${pair(timestampMs, formatValue(value))}}`;
  }
  yield "]";
}

function* matrixParts(series: readonly MatrixSeries[]): Generator<string> {
  yield "[";
  for (const [index, { labels, timestampsMs, values }] of series.entries()) {
    yield `${index === 0 ? "" : ","}{"metric":${JSON.stringify(labels)},"values":[`;
    for (const [at, timeMs] of timestampsMs.entries()) {
      // A formatted number needs no escaping, and a million calls of JSON.stringify are what this module avoids.
      yield `${at === 0 ? "" : ","}[${timeMs / 1000},"${formatValue(values[at] ?? Number.NaN)}"]`;
    }
    yield "]}";
  }
  yield "]";
}

async function* inPieces(parts: Iterable<string>): AsyncGenerator<string> {
  let piece = "";
  let count = 0;
  for (const part of parts) {
    piece += part;
    if (++count < pieceValues) continue;
    yield piece;
    await setImmediate();
    piece = "";
    count = 0;
  }
  yield piece;
}
