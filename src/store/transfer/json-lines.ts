/**
 * JSON lines, in the shape of VictoriaMetrics' `/api/v1/export` and `/api/v1/import`: each line is a run of one series,
 *
 *     {"metric":{"__name__":"up","job":"a"},"values":[1,0],"timestamps":[1764072000000,1764072001000]}
 *     {"metric":{"__name__":"up","job":"a"},"values":["stale"],"timestamps":[1764072002000]}
 *
 * Lossless: numbers are written as the shortest text that reads back as the same double, −0 as `-0`; what JSON has no number for is a
 * string, see `special-values.ts`. Numbers and strings are never in one line: VictoriaMetrics skips a line that has a string (1.79.5,
 * tried), and so loses nothing that it could have kept.
 */
import type { Labels } from "../../core/labels.ts";
import type { LineBatch } from "./read-lines.ts";
import { checkTime, importError, labelsOf, RunBuilder, type SeriesRun } from "./series-run.ts";
import {
  bitsOf,
  isFiniteWord,
  quietNaNBits,
  specialBits,
  specialText,
  wordsOfBits,
  wordsOfNumber,
  wordView,
} from "./special-values.ts";

/** A line, or some, for each run. */
export function* encodeJsonLines(runs: Iterable<SeriesRun>): Generator<string> {
  for (const { labels, timestampsMs, values } of runs) {
    const metric = JSON.stringify(labels);
    const words = wordView(values);
    for (let start = 0, end = 0; start < values.length; start = end) {
      const isNumber = isFiniteAt(words, start);
      while (end < values.length && isFiniteAt(words, end) === isNumber) end++;
      const texts = isNumber ? numberTexts(values.subarray(start, end)) : specialTexts(words.subarray(2 * start, 2 * end));
      yield `{"metric":${metric},"values":[${texts.join(",")}],"timestamps":[${timestampsMs.subarray(start, end).join(",")}]}\n`;
    }
  }
}

/** Throws `IMPORT_INVALID` with the line's number. Empty lines are passed over. */
export async function* decodeJsonLines(batches: AsyncIterable<LineBatch>): AsyncGenerator<SeriesRun> {
  const builder = new RunBuilder();
  for await (const { firstLine, lines } of batches) {
    for (const [index, line] of lines.entries()) {
      if (line.trim() !== "") yield* decodeLine(line, `line ${firstLine + index}`, builder);
    }
  }
  yield* builder.end();
}

function isFiniteAt(words: Uint32Array, index: number): boolean {
  return isFiniteWord(words[2 * index + 1] ?? 0);
}

function numberTexts(values: Float64Array): string[] {
  return Array.from(values, (value) => (Object.is(value, -0) ? "-0" : String(value)));
}

function specialTexts(words: Uint32Array): string[] {
  return Array.from(
    { length: words.length / 2 },
    (_, i) => `"${specialText(bitsOf(words[2 * i] ?? 0, words[2 * i + 1] ?? 0))}"`,
  );
}

function* decodeLine(line: string, where: string, builder: RunBuilder): Generator<SeriesRun> {
  const { metric, values, timestamps } = parseLine(line, where);
  yield* builder.begin(metric, () => metricOf(metric, where));
  for (const [i, value] of values.entries()) yield* builder.add(checkTime(timestamps[i], where), ...wordsOf(value, where));
}

interface Line {
  readonly metric: object;
  readonly values: readonly unknown[];
  readonly timestamps: readonly unknown[];
}

function parseLine(line: string, where: string): Line {
  const parsed = parseJson(line, where);
  if (!isLine(parsed)) throw importError(where, 'no object of the form {"metric":{…},"values":[…],"timestamps":[…]}');
  if (parsed.values.length === parsed.timestamps.length) return parsed;
  throw importError(where, `${parsed.values.length} values, but ${parsed.timestamps.length} timestamps`);
}

/** Throws `IMPORT_INVALID`. */
export function parseJson(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw importError(where, `no JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function isLine(value: unknown): value is Line {
  if (typeof value !== "object" || value === null) return false;
  if (!("metric" in value && "values" in value && "timestamps" in value)) return false;
  const { metric, values, timestamps } = value;
  return typeof metric === "object" && metric !== null && Array.isArray(values) && Array.isArray(timestamps);
}

/** The labels of a parsed JSON object. Throws `IMPORT_INVALID`. */
export function metricOf(metric: object, where: string): Labels {
  const pairs = Object.entries(metric).map(([name, value]: [string, unknown]) => {
    if (typeof value === "string") return [name, value] as const;
    throw importError(where, `the value of label ${JSON.stringify(name)} is no string`);
  });
  return labelsOf(pairs, where);
}

function wordsOf(value: unknown, where: string): readonly [low: number, high: number] {
  if (typeof value === "number") return wordsOfNumber(value);
  const bits = value === null ? quietNaNBits : typeof value === "string" ? specialBits(value) : null;
  if (bits !== null) return wordsOfBits(bits);
  throw importError(where, `${JSON.stringify(value)} is no value`);
}
