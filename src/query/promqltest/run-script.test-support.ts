/** Runs a Prometheus test script against the query service and tells which of its queries gave what they should. */
import { ChainPulseError } from "../../core/errors.ts";
import { type Labels, labelsKey, metricNameLabel } from "../../core/labels.ts";
import type { QueryApi, QueryResult } from "../api.ts";
import { createQueryService } from "../service.ts";
import { checkResult, middleStep } from "./check-result.test-support.ts";
import { checkNotes, isExpectedMessage } from "./expectation.test-support.ts";
import { createMemoryReader, type MemoryReader } from "./memory-reader.test-support.ts";
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

/** Throws `ScriptError` when the script itself is not valid. */
export function runScript(text: string): ScriptReport {
  let store = createMemoryReader();
  const failures: ScriptFailure[] = [];
  let total = 0;
  for (const command of parseScript(text)) {
    if (command.kind === "clear") store = createMemoryReader();
    else if (command.kind === "load") load(command, store);
    else {
      total += 1;
      const message = evaluate(command, createQueryService(store, { experimentalFunctions: true }));
      if (message !== null) failures.push({ line: command.line, expr: command.expr, message });
    }
  }
  return { passed: total - failures.length, total, failures };
}

function load({ series, stepMs, withNativeHistograms }: LoadCommand, store: MemoryReader): void {
  // Of two lines with the same labels in one command the last one counts, as in Prometheus's own runner.
  const distinct = new Map(series.map((line) => [labelsKey(line.labels), line]));
  for (const { labels, values } of distinct.values()) {
    const native = withNativeHistograms ? nativeLabels(labels) : null;
    for (const [index, value] of values.entries()) {
      if (value === null) continue;
      store.add(labels, index * stepMs, value);
      if (native !== null) store.add(native, index * stepMs, "histogram");
    }
  }
}

/** The labels of the native histogram that a classic histogram's series is converted to. */
function nativeLabels(labels: Labels): Labels | null {
  const name = /^(.+)_(?:bucket|count|sum)$/.exec(labels[metricNameLabel] ?? "")?.[1];
  if (name === undefined) return null;
  const { le: _, ...others } = labels;
  return { ...others, [metricNameLabel]: name };
}

/** Returns what is wrong, or `null`. */
function evaluate(command: EvalCommand, service: QueryApi): string | null {
  const { expr, startMs, endMs, stepMs, expectations } = command;
  const failure = expectations.find(({ kind }) => kind === "fail");
  try {
    const result = stepMs === null ? service.instant(expr, startMs) : service.range(expr, startMs, endMs, stepMs);
    return failure === undefined ? checkAnswer(command, result, service) : "did not fail";
  } catch (error) {
    if (!(error instanceof ChainPulseError)) throw error;
    // What is not built yet has not failed in the way the script means.
    if (failure === undefined || error.code === "QUERY_UNSUPPORTED") return `${error.code}: ${error.message}`;
    return isExpectedMessage(failure, error.message) ? null : `failed with another message: ${error.message}`;
  }
}

function checkAnswer(command: EvalCommand, result: QueryResult, service: QueryApi): string | null {
  for (const expectation of command.expectations) {
    const wrong = checkNotes(expectation, result.warnings, result.infos);
    if (wrong !== null) return wrong;
  }
  return checkResult(command, result) ?? checkAsRange(command, result, service);
}

const resolvesByQueryRange = /\b(?:start|end|step|range)\s*\(/i;
const minuteMs = 60_000;

/** An instant query must give the same as the middle step of a range query around it. */
function checkAsRange(command: EvalCommand, result: QueryResult, service: QueryApi): string | null {
  const { expr, startMs, stepMs, expectations } = command;
  const hasOrder = expectations.some(({ kind }) => kind === "ordered");
  if (stepMs !== null || hasOrder || resolvesByQueryRange.test(expr)) return null;
  if (result.type !== "vector" && result.type !== "scalar") return null;
  const range = service.range(expr, startMs - minuteMs, startMs + minuteMs, minuteMs);
  const wrong = checkResult(command, middleStep(range, startMs, result.type));
  return wrong === null ? null : `as the middle of a range query: ${wrong}`;
}
