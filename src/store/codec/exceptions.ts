/**
 * The few values of a column that its integers cannot stand for: NaNs with their payloads, stale markers, −0, infinities, digits too
 * many. Carried as bits, never as JavaScript numbers.
 *
 *      number of runs, varint · per run: gap × 2 + (1: bits of the run before), varint · length, varint · [bits, low word, high word, u32]
 *
 * The gap counts the rows since the end of the run before.
 */
import { DamagedFileError } from "../database.ts";
import { type ByteSink, type ByteSource, readVarint, readWord, writeVarint, writeWord } from "./varint.ts";

interface Run {
  readonly start: number;
  length: number;
  readonly low: number;
  readonly high: number;
}

/** `words`: two u32 per row. `positions`: ascending rows. */
export function writeExceptions(sink: ByteSink, words: Uint32Array, positions: readonly number[]): void {
  const runs = runsOf(words, positions);
  writeVarint(sink, runs.length);
  let end = 0;
  let previous: Run | null = null;
  for (const run of runs) {
    const same = previous !== null && run.low === previous.low && run.high === previous.high;
    writeVarint(sink, 2 * (run.start - end) + (same ? 1 : 0));
    writeVarint(sink, run.length);
    if (!same) {
      writeWord(sink, run.low);
      writeWord(sink, run.high);
    }
    end = run.start + run.length;
    previous = run;
  }
}

function runsOf(words: Uint32Array, positions: readonly number[]): readonly Run[] {
  const runs: Run[] = [];
  for (const start of positions) {
    // Two words per row.
    const low = words[2 * start] ?? 0;
    const high = words[2 * start + 1] ?? 0;
    const last = runs.at(-1);
    if (last?.low === low && last.high === high && last.start + last.length === start) last.length++;
    else runs.push({ start, length: 1, low, high });
  }
  return runs;
}

/** Reads past the exceptions, so that the values can be put in before them. Returns a source that stands at their begin. */
export function skipExceptions(source: ByteSource): ByteSource {
  const begin = { bytes: source.bytes, at: source.at };
  forEachRun(source, Infinity, () => {});
  return begin;
}

/** Puts the exceptions over the first `count` values. */
export function patchExceptions(source: ByteSource, count: number, values: Float64Array): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * count);
  forEachRun(source, count, (start, end, low, high) => {
    for (let row = start; row < end; row++) {
      words[2 * row] = low;
      words[2 * row + 1] = high;
    }
  });
}

function forEachRun(
  source: ByteSource,
  count: number,
  use: (start: number, end: number, low: number, high: number) => void,
): void {
  let low = 0;
  let high = 0;
  let end = 0;
  for (let runs = readVarint(source); runs > 0; runs--) {
    const gap = readVarint(source);
    const start = end + Math.floor(gap / 2);
    end = start + readVarint(source);
    if (end > count) throw new DamagedFileError("a block's exceptions are outside its rows");
    if (gap % 2 === 0) {
      low = readWord(source);
      high = readWord(source);
    }
    use(start, end, low, high);
  }
}
