/** `chainpulse store export`: stored samples in a format that others read. */
import type { LabelMatcher } from "../core/labels.ts";
import type { ReadNote, ReadObserver, SampleReader } from "../core/storage.ts";
import { parseMetricSelector } from "../query/parser/parser.ts";
import { allMatchers } from "../query/parser/selector.ts";
import { parseTime } from "../serve/rest/time-range.ts";
import { openReader } from "../store/reader.ts";
import { type ExportSelection, exportRuns } from "../store/transfer/export-runs.ts";
import { formats } from "../store/transfer/formats.ts";
import type { SeriesRun } from "../store/transfer/series-run.ts";
import { escapeText } from "../io/log-format.ts";
import { exitCodes, type Output } from "./command.ts";
import { formatOf } from "./store-format.ts";
import { countText, fileError, requireDataDir, type StoreJob, storeLogger, timeText, withProgress } from "./store-job.ts";
import { type ExportOutput, fileOutput, stdoutOutput } from "./store-output.ts";
import { UsageError } from "./usage-error.ts";

export async function storeExport(job: StoreJob): Promise<number> {
  const { context, options, dataDir } = job;
  requireDataDir(job);
  const { stdout, stderr } = context;
  const format = formats[formatOf(options)];
  if (options.output === undefined && stdout.isTTY && !format.isText) {
    throw new UsageError("Parquet is not for a terminal: name a file with --output");
  }
  const matchers = options.match === undefined ? [] : allMatchers(parseMetricSelector(options.match));
  const notes = new ReadNotes();
  const counts = { samples: 0, omitted: 0 };
  const reader = openReader({ dataDir, logger: storeLogger(context) });
  try {
    const selection = selectionOf(job, reader, matchers);
    const output = options.output === undefined ? stdoutOutput(stdout) : fileOutput(options.output);
    await withProgress(stderr, (progress) => {
      const runs = exportRuns(reader, selection, notes, (done, all) => progress.update(`exported ${done} of ${all} series`));
      return writeAll(
        format.encode(counted(runs, counts), (samples) => (counts.omitted += samples)),
        output,
      );
    });
  } catch (error) {
    throw fileError("write to", options.output ?? "stdout", error);
  } finally {
    reader.close();
  }
  stderr.write(`${countText(counts.samples - counts.omitted)} samples exported.\n`);
  if (counts.omitted > 0) stderr.write(`${countText(counts.omitted)} stale markers were left out: the format has none.\n`);
  notes.print(stderr);
  return notes.isComplete ? exitCodes.ok : exitCodes.checkFailed;
}

/** The range that the flags name; by default all raw samples. */
function selectionOf({ options }: StoreJob, reader: SampleReader, matchers: readonly LabelMatcher[]): ExportSelection {
  const nowMs = Date.now();
  const endMs = options.to === undefined ? (reader.latestMs() ?? 0) : parseTime(options.to, nowMs);
  const startMs = options.from === undefined ? (reader.oldestMs() ?? endMs) - 1 : parseTime(options.from, nowMs);
  return { matchers, startMs, endMs };
}

function* counted(runs: Iterable<SeriesRun>, counts: { samples: number }): Generator<SeriesRun> {
  for (const run of runs) {
    counts.samples += run.values.length;
    yield run;
  }
}

async function writeAll(chunks: Iterable<string> | AsyncIterable<Uint8Array>, output: ExportOutput): Promise<void> {
  try {
    for await (const chunk of chunks) if (!(await output.write(chunk))) break;
  } catch (error) {
    output.abandon();
    throw error;
  }
  output.finish();
}

/** Notes that are printed: a damaged file has some for each of its series. */
const notesMax = 20;

/** Gathers what the reader could not give as it was written. */
class ReadNotes implements ReadObserver {
  /** By their text: each is said once. */
  readonly #lines = new Set<string>();
  isComplete = true;

  /** An export reads little at once, and writes it. */
  admit(): void {}

  note(note: ReadNote): void {
    if (note.kind === "damaged") this.isComplete = false;
    if (this.#lines.size <= notesMax) this.#lines.add(noteText(note));
  }

  print(stderr: Output): void {
    for (const line of [...this.#lines].slice(0, notesMax)) stderr.write(`${escapeText(line)}\n`);
    if (this.#lines.size > notesMax) stderr.write("… and more: `chainpulse store verify` names everything\n");
  }
}

function noteText(note: ReadNote): string {
  if (note.kind === "tier") {
    return `Older raw samples are gone: of each ${note.stepMs / 60_000} min before them only the first and the last sample were exported.`;
  }
  return `${note.path}: not readable, left out: ${timeText(note.fromMs, "")} to ${timeText(note.toMs, "")}`;
}
