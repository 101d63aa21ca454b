/**
 * Prometheus's test scripts → commands: `load`, `clear`, `eval instant|range`, `expect …`.
 * Source of the language: Prometheus 3.14, promql/promqltest/README.md and test.go.
 */
import { parseDuration, parseNumber } from "../parser/literals.ts";
import { type Expectation, parseExpectation } from "./expectation.test-support.ts";
import { parseSeriesLine, type SeriesLine } from "./series-line.test-support.ts";

export interface LoadCommand {
  readonly kind: "load";
  readonly line: number;
  readonly stepMs: number;
  /** Classic histograms are also loaded as native ones with custom buckets. */
  readonly withNativeHistograms: boolean;
  readonly series: readonly SeriesLine[];
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
  readonly expectations: readonly Expectation[];
  /** Expected elements; a scalar result is one number without labels, in `scalar`. */
  readonly series: readonly SeriesLine[];
  readonly scalar: number | null;
}

export type ScriptCommand = LoadCommand | ClearCommand | EvalCommand;

/** A line of a script that cannot be understood. */
export class ScriptError extends Error {
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = "ScriptError";
  }
}

interface ScriptLine {
  readonly text: string;
  readonly line: number;
}

const evalPattern =
  /^eval(?<modes>(?:_(?:fail|warn|info|ordered))*)\s+(?:instant\s+at\s+(?<at>\S+)|range\s+from\s+(?<from>\S+)\s+to\s+(?<to>\S+)\s+step\s+(?<step>\S+))\s+(?<expr>.+)$/;

/** Throws `ScriptError`. */
export function parseScript(text: string): readonly ScriptCommand[] {
  return splitBlocks(text).map(([head, ...body]) => {
    if (head.text === "clear") return { kind: "clear", line: head.line };
    if (/^load(_with_nhcb)?\s/.test(head.text)) return parseLoad(head, body);
    if (head.text.startsWith("eval")) return parseEval(head, body);
    throw new ScriptError(head.line, `unknown command ${JSON.stringify(head.text)}`);
  });
}

/** A command and its indented lines; an empty line or a comment ends it, as does the next command. */
function splitBlocks(text: string): readonly (readonly [ScriptLine, ...ScriptLine[]])[] {
  const blocks: [ScriptLine, ...ScriptLine[]][] = [];
  let open = false;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = { text: raw.trim(), line: index + 1 };
    if (line.text === "" || line.text.startsWith("#")) open = false;
    else if (/^(?:load|eval|clear)/.test(raw) || !open) {
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
    series: body.map(({ text, line }) => readSeries(text, line)),
  };
}

function readSeries(text: string, line: number): SeriesLine {
  try {
    return parseSeriesLine(text);
  } catch (error) {
    throw new ScriptError(line, error instanceof Error ? error.message : String(error));
  }
}

function parseEval(head: ScriptLine, body: readonly ScriptLine[]): EvalCommand {
  const groups = evalPattern.exec(head.text)?.groups;
  if (groups === undefined) throw new ScriptError(head.line, `not an eval command: ${JSON.stringify(head.text)}`);
  const expectations = (groups["modes"] ?? "")
    .split("_")
    .flatMap((mode) => (mode === "" ? [] : parseExpectation(`expect ${mode}`)));
  const series: SeriesLine[] = [];
  let scalar: number | null = null;
  for (const { text, line } of body) {
    const number = readNumber(text);
    if (text.startsWith("expect ")) expectations.push(parseExpectation(text));
    else if (number !== null) scalar = number;
    else series.push(readSeries(text, line));
  }
  const { at, from = "", to = "", step, expr = "" } = groups;
  const startMs = readTimeMs(at ?? from, head.line);
  const endMs = at === undefined ? readTimeMs(to, head.line) : startMs;
  const stepMs = step === undefined ? null : readTimeMs(step, head.line);
  return { kind: "eval", line: head.line, expr, startMs, endMs, stepMs, expectations, series, scalar };
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
