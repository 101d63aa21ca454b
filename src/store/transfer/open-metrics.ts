/**
 * OpenMetrics text with timestamps: what `promtool tsdb create-blocks-from openmetrics` reads. Source: OpenMetrics 1.0, "Text format".
 * Lossy, and documented so: it has no stale markers (they are left out and counted), and one NaN. Reading takes samples with times;
 * types, help texts, units and exemplars are passed over, because the store keeps none of an import.
 */
import { ChainPulseError } from "../../core/errors.ts";
import { formatLabels, type Labels, metricNameLabel } from "../../core/labels.ts";
import { staleNaNBits } from "../../core/storage.ts";
import { parseSampleLine } from "./open-metrics-line.ts";
import type { LineBatch } from "./read-lines.ts";
import { importError, RunBuilder, type SeriesRun } from "./series-run.ts";
import { bitsOf, isFiniteWord, wordsOfNumber, wordView } from "./special-values.ts";

/** One piece of text for each run; `omitted` is told of the stale markers that are left out. The caller gives the runs of a metric together. */
export function* encodeOpenMetrics(runs: Iterable<SeriesRun>, omitted: (markers: number) => void): Generator<string> {
  for (const { labels, timestampsMs, values } of runs) {
    const name = seriesName(labels);
    const words = wordView(values);
    let text = "";
    let markers = 0;
    for (const [i, value] of values.entries()) {
      const high = words[2 * i + 1] ?? 0;
      if (!isFiniteWord(high) && bitsOf(words[2 * i] ?? 0, high) === staleNaNBits) markers++;
      else text += `${name} ${numberText(value)} ${secondsText(timestampsMs[i] ?? 0)}\n`;
    }
    if (markers > 0) omitted(markers);
    yield text;
  }
  yield `${endLine}\n`;
}

/** Throws `IMPORT_INVALID` with the line's number, also where the end is missing: the file was cut off. */
export async function* decodeOpenMetrics(batches: AsyncIterable<LineBatch>): AsyncGenerator<SeriesRun> {
  const builder = new RunBuilder();
  let ended = false;
  for await (const batch of batches) {
    const end = batch.lines.indexOf(endLine);
    if (ended || (end !== -1 && end < batch.lines.length - 1)) throw importError("the end", `there is more after ${endLine}`);
    ended = end !== -1;
    yield* decodeBatch(batch, builder);
  }
  if (!ended) throw importError("the end", `the last line is not ${endLine}: the file was cut off, or is no OpenMetrics`);
  yield* builder.end();
}

function* decodeBatch({ firstLine, lines }: LineBatch, builder: RunBuilder): Generator<SeriesRun> {
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("#")) continue;
    const { series, labels, timestampMs, value } = parseSampleLine(line, `line ${firstLine + index}`);
    yield* builder.begin(series, labels);
    yield* builder.add(timestampMs, ...wordsOfNumber(value));
  }
}

const endLine = "# EOF";
const metricNamePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelNamePattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function seriesName(labels: Labels): string {
  const name = labels[metricNameLabel] ?? "";
  const pairs = Object.entries(labels).filter(([label]) => label !== metricNameLabel);
  if (!metricNamePattern.test(name) || !pairs.every(([label]) => labelNamePattern.test(label))) {
    throw new ChainPulseError("BAD_REQUEST", `OpenMetrics cannot name the series ${formatLabels(labels)}`, {
      fix: "Leave it out with --match, or export JSON lines or Parquet.",
    });
  }
  return pairs.length === 0 ? name : `${name}{${pairs.map(([label, value]) => `${label}="${escapeValue(value)}"`).join(",")}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/**
 * Seconds with three digits where they are needed: whoever multiplies by 1000 and rounds has the ms again. Prometheus cuts off
 * (`int64(ts * 1000)` in model/textparse/openmetricsparse.go), which is the same from 2005 to 2037, and by a ms less for some times
 * after 2^31 s, where doubles lie further apart.
 */
export function secondsText(timestampMs: number): string {
  const ms = timestampMs % 1000;
  const seconds = String((timestampMs - ms) / 1000);
  return ms === 0 ? seconds : `${seconds}.${String(ms).padStart(3, "0")}`;
}
