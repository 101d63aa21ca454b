/** What all transfer formats carry: runs of one series. Formats turn runs into bytes and back, and know neither store nor files. */
import { ChainPulseError } from "../../core/errors.ts";
import type { Labels } from "../../core/labels.ts";

/** Some samples of one series. The arrays have the same length; times are whole ms and ascend strictly; values are carried as bits. */
export interface SeriesRun {
  readonly labels: Labels;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/** The last moment of the year 9999: files of the store are named after times with four digits of year. */
const timeMaxMs = Date.UTC(10_000, 0) - 1;
/** Samples that a reader of a format gathers before it hands them on. */
const runSamplesMax = 65_536;
/** Bounds of one label set, as Prometheus users know them: far above what exporters write, far below what hurts. */
const labelsMax = 128;
const labelNameCharsMax = 1024;
const labelValueCharsMax = 65_536;

/** What was read is not what the format says; `where` is `line 17` or the like. */
export function importError(where: string, problem: string, cause?: unknown): ChainPulseError {
  return new ChainPulseError("IMPORT_INVALID", `${where}: ${problem}`, {
    fix: "Nothing was imported. Mend the file, or check that --format names what it is.",
    cause,
  });
}

/** Sorted labels without empty values, which mean the same as no label. Throws `IMPORT_INVALID` for what no series can have. */
export function labelsOf(pairs: readonly (readonly [name: string, value: string])[], where: string): Labels {
  if (pairs.length > labelsMax) throw importError(where, `${pairs.length} labels, at most ${labelsMax} are allowed`);
  const names = new Set<string>();
  for (const [name, value] of pairs) {
    if (name === "" || name.length > labelNameCharsMax) throw importError(where, "a label name is empty or too long");
    if (value.length > labelValueCharsMax) throw importError(where, `the value of label ${JSON.stringify(name)} is too long`);
    // It separates the parts of a label set's key, see `labelsKey`.
    if (`${name}${value}`.includes("\u0000")) throw importError(where, "a label contains the character U+0000");
    if (names.has(name)) throw importError(where, `the label ${JSON.stringify(name)} is there twice`);
    names.add(name);
  }
  const present = pairs.filter(([, value]) => value !== "");
  if (present.length === 0) throw importError(where, "a series without labels");
  return Object.fromEntries(present.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Gathers samples into runs. Its methods return what they complete: mostly nothing, else one run. */
export class RunBuilder {
  #series: unknown;
  #labels: Labels = {};
  #timestampsMs = new Float64Array(256);
  #words = new Uint32Array(512);
  #count = 0;

  /** The next samples belong to this series: `series` identifies it within the file, `labels` is called where it is another one. */
  begin(series: unknown, labels: () => Labels): readonly SeriesRun[] {
    if (series === this.#series) return nothing;
    const ended = this.end();
    this.#labels = labels();
    this.#series = series;
    return ended;
  }

  /** Adds a sample; its value is given as two words, so that the bits of a NaN stay. One that is not after the last begins a new run. */
  add(timestampMs: number, low: number, high: number): readonly SeriesRun[] {
    const isNext = timestampMs > (this.#timestampsMs[this.#count - 1] ?? -Infinity);
    const ended = isNext && this.#count < runSamplesMax ? nothing : this.end();
    if (this.#count === this.#timestampsMs.length) this.#grow();
    this.#timestampsMs[this.#count] = timestampMs;
    this.#words[2 * this.#count] = low;
    this.#words[2 * this.#count + 1] = high;
    this.#count++;
    return ended;
  }

  end(): readonly SeriesRun[] {
    if (this.#count === 0) return nothing;
    const timestampsMs = this.#timestampsMs.slice(0, this.#count);
    const values = new Float64Array(this.#words.slice(0, 2 * this.#count).buffer);
    this.#count = 0;
    return [{ labels: this.#labels, timestampsMs, values }];
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#count);
    const words = new Uint32Array(4 * this.#count);
    times.set(this.#timestampsMs);
    words.set(this.#words);
    this.#timestampsMs = times;
    this.#words = words;
  }
}

const nothing: readonly SeriesRun[] = [];

/** Checks a time in ms; throws `IMPORT_INVALID`. */
export function checkTime(timestampMs: unknown, where: string): number {
  if (typeof timestampMs === "number" && Number.isInteger(timestampMs) && timestampMs >= 0 && timestampMs <= timeMaxMs)
    return timestampMs;
  throw importError(where, `the time ${String(timestampMs)} is no whole number of milliseconds between 1970 and the year 9999`);
}
