/**
 * Prometheus's test scripts → commands: `load`, `clear`, `eval instant|range`, `expect …`.
 * Source of the language: Prometheus 3.14, promql/promqltest/README.md and test.go.
 */
import { parseDuration } from "../../core/duration.ts";
import { parseNumber } from "../parser/literals.ts";
import { type Expectation, parseExpectation, parseOldFailure } from "./expectation.test-support.ts";
import { isStartsLine, parseSeriesLine, parseStartsLine, type SeriesLine, type StartsLine } from "./series-line.ts";

export interface LoadCommand {
  readonly kind: "load";
  readonly line: number;
  readonly stepMs: number;
  /** Classic histograms are also loaded as native ones with custom buckets. */
  readonly withNativeHistograms: boolean;
  readonly series: readonly SeriesLine[];
  readonly starts: readonly StartsLine[];
}

export interface ClearCommand {
  readonly kind: "clear";
  readonly line: number;
}

export interface EvalCommand {
  readonly kind: "eval";
  readonly line: number;
  readonly expr: string;
  readonly startMs: number;
  readonly endMs: number;
  /** `null`: an instant query at `startMs`. */
  readonly stepMs: number | null;
  /** The times of the expected values. */
  readonly grid: { readonly startMs: number; readonly stepMs: number };
  readonly expectations: readonly Expectation[];
  /** Expected elements; a scalar result is one number without labels, in `scalar`. */
  readonly series: readonly SeriesLine[];
  readonly scalar: number | null;
}

/** A command that cannot be understood. */
export interface InvalidCommand {
  readonly kind: "invalid";
  readonly line: number;
  readonly text: string;
  readonly message: string;
}

export type ScriptCommand = LoadCommand | ClearCommand | EvalCommand | InvalidCommand;

/** A line of a script that cannot be understood. */
class ScriptError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = "ScriptError";
    this.line = line;
  }
}

interface ScriptLine {
  readonly text: string;
  readonly line: number;
}

const evalPattern =
  /^eval(?<modes>(?:_(?:fail|warn|info|ordered))*)\s+(?:instant\s+at\s+(?<at>\S+)|range\s+from\s+(?<from>\S+)\s+to\s+(?<to>\S+)\s+step\s+(?<step>\S+))\s+(?<expr>.+)$/;

/** All commands, also those that make no sense, so that a runner can count them as failed and go on. */
export function parseScript(text: string): readonly ScriptCommand[] {
  return splitBlocks(text).map(([head, ...body]) => {
    try {
      return parseCommand(head, body);
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      return { kind: "invalid", line: error.line, text: head.text, message: error.message };
    }
  });
}

function parseCommand(head: ScriptLine, body: readonly ScriptLine[]): ScriptCommand {
  if (head.text === "clear") return { kind: "clear", line: head.line };
  if (/^load(_with_nhcb)?\s/.test(head.text)) return parseLoad(head, body);
  if (head.text.startsWith("eval")) return parseEval(head, body);
  throw new ScriptError(head.line, "unknown command");
}

const commandPattern = /^(?:load(?:_with_nhcb)?\s|eval(?:_\w+)?\s|clear\s*$)/;

/** A command and its indented lines; an empty line or a comment ends it, as does the next command. */
function splitBlocks(text: string): readonly (readonly [ScriptLine, ...ScriptLine[]])[] {
  const blocks: [ScriptLine, ...ScriptLine[]][] = [];
  let open = false;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = { text: raw.trim(), line: index + 1 };
    if (line.text === "" || line.text.startsWith("#")) open = false;
    else if (commandPattern.test(raw) || !open) {
      blocks.push([line]);
      open = true;
    } else blocks.at(-1)?.push(line);
  }
  return blocks;
}

function parseLoad(head: ScriptLine, body: readonly ScriptLine[]): LoadCommand {
  const [command, step = ""] = head.text.split(/\s+/);
  return {
    kind: "load",
    line: head.line,
    stepMs: readTimeMs(step, head.line),
    withNativeHistograms: command === "load_with_nhcb",
    series: body.filter(({ text }) => !isStartsLine(text)).map((line) => read(line, parseSeriesLine)),
    starts: body.filter(({ text }) => isStartsLine(text)).map((line) => read(line, parseStartsLine)),
  };
}

function read<T>({ text, line }: ScriptLine, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    throw new ScriptError(line, error instanceof Error ? error.message : String(error));
  }
}

function parseEval(head: ScriptLine, body: readonly ScriptLine[]): EvalCommand {
  const groups = evalPattern.exec(head.text)?.groups;
  if (groups === undefined) throw new ScriptError(head.line, `not an eval command: ${JSON.stringify(head.text)}`);
  const failure = body.map(({ text }) => parseOldFailure(text)).find((expectation) => expectation !== null);
  const expectations = (groups["modes"] ?? "")
    .split("_")
    .flatMap((mode) => (mode === "" ? [] : mode === "fail" && failure ? failure : parseExpectation(`expect ${mode}`)));
  const series: SeriesLine[] = [];
  let scalar: number | null = null;
  for (const { text, line } of body) {
    const number = readNumber(text);
    if (text.startsWith("expect ")) expectations.push(read({ text, line }, parseExpectation));
    else if (number !== null) scalar = number;
    else if (parseOldFailure(text) === null) series.push(read({ text, line }, parseSeriesLine));
  }
  const { at, from = "", to = "", step, expr = "" } = groups;
  const startMs = readTimeMs(at ?? from, head.line);
  const endMs = at === undefined ? readTimeMs(to, head.line) : startMs;
  const stepMs = step === undefined ? null : readTimeMs(step, head.line);
  const grid = readRangeVector(expectations, head.line) ?? { startMs, stepMs: stepMs ?? 0 };
  return { kind: "eval", line: head.line, expr, startMs, endMs, stepMs, grid, expectations, series, scalar };
}

/** The times of `expect range vector from 10s to 1m step 10s`, which an instant query of a range vector answers. */
function readRangeVector(expectations: readonly Expectation[], line: number): EvalCommand["grid"] | null {
  const text = expectations.find(({ kind }) => kind === "range vector")?.text;
  if (text === undefined) return null;
  const [, from, , step] = /^from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/.exec(text ?? "") ?? [];
  if (from === undefined || step === undefined) throw new ScriptError(line, `not a range vector: ${JSON.stringify(text)}`);
  return { startMs: readTimeMs(from, line), stepMs: readTimeMs(step, line) };
}

/** A result line that is nothing but a number: the value of a scalar. */
function readNumber(text: string): number | null {
  const number = parseNumber(text.replace(/^[+-]/, ""));
  return number !== null && text.startsWith("-") ? -number : number;
}

/** `5m` or seconds → ms. */
function readTimeMs(text: string, line: number): number {
  const negative = text.startsWith("-");
  const plain = negative ? text.slice(1) : text;
  const timeMs = /^\d+(?:\.\d+)?$/.test(plain) ? Math.round(Number(plain) * 1000) : parseDuration(plain);
  if (timeMs === null) throw new ScriptError(line, `not a time: ${JSON.stringify(text)}`);
  return negative ? -timeMs : timeMs;
}
