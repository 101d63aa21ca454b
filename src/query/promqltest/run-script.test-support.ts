/** Runs a Prometheus test script against the query service and tells which of its queries gave what they should. */
import { ChainPulseError } from "../../core/errors.ts";
import { labelsKey } from "../../core/labels.ts";
import type { QueryApi, QueryResult } from "../api.ts";
import { createQueryService } from "../service.ts";
import { otherTimesMs, pinnedTo } from "./at-modifier.test-support.ts";
import { checkResult, middleStep } from "./check-result.test-support.ts";
import { checkAllNotes, isExpectedMessage } from "./expectation.test-support.ts";
import { createMemoryReader, type MemoryReader } from "./memory-reader.ts";
import { nativeCopies } from "./native-copies.test-support.ts";
import { type EvalCommand, type LoadCommand, parseScript } from "./script.test-support.ts";

export interface ScriptFailure {
  readonly line: number;
  readonly expr: string;
  readonly message: string;
}

export interface ScriptReport {
  readonly passed: number;
  readonly total: number;
  readonly failures: readonly ScriptFailure[];
}

/** A command that cannot be understood counts as a query that failed. */
export function runScript(text: string): ScriptReport {
  const newStore = (): MemoryReader => createMemoryReader({ hints: "as stored" });
  let store = newStore();
  const failures: ScriptFailure[] = [];
  let total = 0;
  for (const command of parseScript(text)) {
    if (command.kind === "clear") store = newStore();
    else if (command.kind === "load") load(command, store);
    else if (command.kind === "invalid") {
      total += 1;
      failures.push({ line: command.line, expr: command.text, message: `not understood: ${command.message}` });
    } else {
      total += 1;
      const message = evaluate(command, createQueryService(store, { experimentalFunctions: true }));
      if (message !== null) failures.push({ line: command.line, expr: command.expr, message });
    }
  }
  return { passed: total - failures.length, total, failures };
}

function load({ series, starts, stepMs, withNativeHistograms }: LoadCommand, store: MemoryReader): void {
  const offsets = new Map(starts.map(({ labels, offsetsMs }) => [labelsKey(labels), offsetsMs]));
  // Of two lines with the same labels in one command the last one counts, as in Prometheus's own runner.
  const distinct = [...new Map(series.map((line) => [labelsKey(line.labels), line])).values()];
  for (const { labels, values } of [...distinct, ...(withNativeHistograms ? nativeCopies(distinct) : [])]) {
    const offsetsMs = offsets.get(labelsKey(labels));
    for (const [index, value] of values.entries()) {
      const offsetMs = offsetsMs?.[index] ?? null;
      const startMs = offsetMs === null ? 0 : index * stepMs + offsetMs;
      if (value !== null) store.add(labels, index * stepMs, typeof value === "object" ? value.histogram : value, startMs);
    }
  }
}

/** Returns what is wrong, or `null`. An instant query is evaluated in all the ways in which it must give the same. */
function evaluate(command: EvalCommand, service: QueryApi): string | null {
  const { expr, startMs, endMs, stepMs } = command;
  if (stepMs !== null) return attempt(command, () => service.range(expr, startMs, endMs, stepMs));
  const wrong = evaluateInstant(command, expr, startMs, service);
  if (wrong !== null) return wrong;
  const pinned = pinnedTo(expr, startMs);
  if (pinned === null) return null;
  for (const timeMs of otherTimesMs(startMs)) {
    const differs = evaluateInstant(command, pinned, timeMs, service);
    if (differs !== null) return `as ${pinned} at ${timeMs} ms: ${differs}`;
  }
  return null;
}

const minuteMs = 60_000;
/** What stands for the query's own times means others in a range query. */
const usesQueryTimes = /\b(?:start|end|step|range)\s*\(/i;

/** At a time of its own, and as the middle step of a range query. */
function evaluateInstant(command: EvalCommand, expr: string, timeMs: number, service: QueryApi): string | null {
  let type: QueryResult["type"] | null = null;
  const wrong = attempt(command, () => {
    const result = service.instant(expr, timeMs);
    type = result.type;
    return atExpectedTime(result, command.startMs);
  });
  const isOrdered = command.expectations.some(({ kind }) => kind === "ordered");
  if (wrong !== null || isOrdered || usesQueryTimes.test(expr) || (type !== "vector" && type !== "scalar")) return wrong;
  const middleType = type;
  const differs = attempt(
    command,
    () => {
      const range = service.range(expr, timeMs - minuteMs, timeMs + minuteMs, minuteMs);
      return atExpectedTime(middleStep(range, timeMs, middleType), command.startMs);
    },
    "ignore notes",
  );
  return differs === null ? null : `as the middle of a range query: ${differs}`;
}

/** Expectations are written for the time of the command. */
function atExpectedTime(result: QueryResult, timestampMs: number): QueryResult {
  if (result.type !== "vector") return result;
  return { ...result, samples: result.samples.map((sample) => ({ ...sample, timestampMs })) };
}

function attempt(
  command: EvalCommand,
  run: () => QueryResult,
  notes: "check notes" | "ignore notes" = "check notes",
): string | null {
  const failure = command.expectations.find(({ kind }) => kind === "fail");
  try {
    const result = run();
    if (failure !== undefined) return "did not fail";
    const wrongNotes = notes === "ignore notes" ? null : checkAllNotes(command.expectations, result.warnings, result.infos);
    return wrongNotes ?? checkResult(command, result);
  } catch (error) {
    if (!(error instanceof ChainPulseError)) throw error;
    // What is not built yet has not failed in the way the script means.
    if (failure === undefined || error.code === "QUERY_UNSUPPORTED") return `${error.code}: ${error.message}`;
    return isExpectedMessage(failure, error.message) ? null : `failed with another message: ${error.message}`;
  }
}
