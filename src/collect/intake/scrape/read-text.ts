/**
 * Reads a scraped text, in slices: what the scrape before has said is recognised and passed over; see `known-series.ts`.
 * Sources: prometheus/docs exposition_formats.md; OpenMetrics 1.0, "Text format".
 */
import { ChainPulseError } from "../../../core/errors.ts";
import type { LineScanner } from "../../../io/openmetrics/line-scanner.ts";
import { entryState } from "./known-series.ts";
import type { ScrapeReading } from "./scrape-reading.ts";

export type TextSyntax = "text" | "openmetrics";

/** What a comment says, kept with its entry in place of a series' number. */
const commentMeaning = { nothing: 0, histogram: 1, summary: 2, otherType: 3, end: 4 } as const;

/** Lines of one slice. */
const sliceLines = 4096;

/** Reads a slice. False: that was all. Throws `SCRAPE_FAILED` with the line, and what the reading's limits throw. */
export function readTextSlice(scanner: LineScanner, syntax: TextSyntax, reading: ScrapeReading): boolean {
  for (let line = 0; line < sliceLines; line++) {
    const kind = scanner.nextLine();
    if (kind === "end") {
      if (syntax === "openmetrics") throw wrong(scanner, "# EOF");
      return false;
    }
    if (kind === "sample") sampleLine(scanner, syntax, reading);
    else if (commentLine(scanner, reading) === commentMeaning.end && syntax === "openmetrics") {
      if (scanner.nextLine() !== "end") throw wrong(scanner, "nothing after # EOF");
      return false;
    }
  }
  return true;
}

function sampleLine(scanner: LineScanner, syntax: TextSyntax, reading: ScrapeReading): void {
  const { at: from } = scanner;
  let entry = predicted(scanner, reading);
  if (entry === -1) {
    const to = scanner.keyEnd();
    if (to === -1) throw wrong(scanner);
    entry = reading.entryOf(scanner.view, from, to);
    scanner.at = to;
  }
  const to = scanner.at;
  if (reading.known.stateOf(entry) === entryState.comment) throw wrong(scanner, "a series");
  reading.step(entry);
  // A closing brace needs no blank behind it.
  scanner.skipBlanks();
  const value = scanner.number();
  if (scanner.fault !== null) throw wrong(scanner);
  scanner.skipBlanks();
  const timeMs = scanner.atLineEnd || scanner.atExemplar ? Number.NaN : timeOf(scanner, syntax);
  const isWanted = admit(reading, scanner, { entry, from, to });
  if (isWanted) reading.take(entry, timeMs, value);
  if (scanner.atExemplar && syntax === "openmetrics") {
    const end = scanner.lineEnd();
    if (isWanted) reading.noteExemplar(entry, scanner.at, end);
    scanner.at = end;
  }
  if (!scanner.endLine()) throw wrong(scanner);
}

/** The entry that came next the last time, where it does so now: then the scanner stands behind its key. Else -1. */
function predicted(scanner: LineScanner, { known, before }: ScrapeReading): number {
  const entry = known.predict(before);
  if (entry === -1) return -1;
  const { at: from } = scanner;
  const to = known.matchAt(entry, scanner.view, from);
  if (to === -1) return -1;
  scanner.at = to;
  // The key of `a` is also the beginning of `ab` and of `a {b="c"}`.
  const isWhole = scanner.atLineEnd || scanner.skipBlanks() || isClosed(scanner, to);
  const isSame = isWhole && !scanner.atLabels;
  scanner.at = isSame ? to : from;
  return isSame ? entry : -1;
}

function isClosed({ bytes }: LineScanner, to: number): boolean {
  return bytes[to - 1] === 125;
}

interface KeyPlace {
  readonly entry: number;
  readonly from: number;
  readonly to: number;
}

/** The reading's `admit`, with the line in what is wrong with the key. */
function admit(reading: ScrapeReading, scanner: LineScanner, { entry, from, to }: KeyPlace): boolean {
  try {
    return reading.admit(entry, scanner.bytes, from, to);
  } catch (error) {
    if (!(error instanceof ChainPulseError)) throw error;
    throw new ChainPulseError("SCRAPE_FAILED", `line ${lineOf(scanner.bytes, from)}: ${error.message}`, { cause: error });
  }
}

/** The text format has whole milliseconds, OpenMetrics seconds. */
function timeOf(scanner: LineScanner, syntax: TextSyntax): number {
  const time = scanner.number();
  if (scanner.fault !== null || !Number.isFinite(time)) throw wrong(scanner, "a timestamp");
  scanner.skipBlanks();
  return Math.round(syntax === "openmetrics" ? time * 1000 : time);
}

/** Goes over the line; returns what it means. */
function commentLine(scanner: LineScanner, reading: ScrapeReading): number {
  const { view, at: from } = scanner;
  const { known } = reading;
  let entry = known.predict(reading.before);
  let end = entry === -1 ? -1 : known.matchAt(entry, view, from);
  if (end === -1 || !scanner.isLineEnd(end)) {
    end = scanner.lineEnd();
    entry = reading.entryOf(view, from, end);
  }
  if (known.stateOf(entry) === entryState.pending) {
    const meaning = meaningOf(scanner.restOfLine());
    known.decide(entry, entryState.comment, meaning);
    reading.metadataChanged ||= meaning !== commentMeaning.end;
  }
  reading.step(entry);
  reading.seeComment(entry);
  const meaning = known.refOf(entry);
  if (meaning === commentMeaning.histogram) reading.type = "histogram";
  else if (meaning === commentMeaning.summary) reading.type = "summary";
  else if (meaning === commentMeaning.otherType) reading.type = null;
  scanner.at = end + 1;
  return meaning;
}

function meaningOf(line: string): number {
  if (/^# EOF[ \t]*$/.test(line)) return commentMeaning.end;
  const [, type] = /^#[ \t]*TYPE[ \t]+(?:"(?:[^"\\]|\\.)*"|\S+)[ \t]+(\S+)/.exec(line) ?? [];
  if (type === undefined) return commentMeaning.nothing;
  if (type === "histogram") return commentMeaning.histogram;
  return type === "summary" ? commentMeaning.summary : commentMeaning.otherType;
}

function wrong(scanner: LineScanner, expected: string = scanner.fault ?? "another text"): ChainPulseError {
  const shown = JSON.stringify(
    Buffer.from(scanner.bytes.subarray(scanner.at, scanner.at + 40))
      .toString("utf8")
      .split("\n", 1)[0],
  );
  const message = `line ${lineOf(scanner.bytes, scanner.at)}: expected ${expected}, not ${shown}`;
  return new ChainPulseError("SCRAPE_FAILED", message, { fix: "Is this the address of metrics? See metrics_path." });
}

function lineOf(bytes: Uint8Array, at: number): number {
  let line = 1;
  for (let i = bytes.indexOf(10); i !== -1 && i < at; i = bytes.indexOf(10, i + 1)) line++;
  return line;
}
