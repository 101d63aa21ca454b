/**
 * Runs one unit test of rules: the rules are evaluated from the test's start up to its last case, over its series alone.
 * Source: Prometheus cmd/promtool/unittest.go.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AlertSink } from "../../../core/alert.ts";
import { ChainPulseError } from "../../../core/errors.ts";
import type { Logger } from "../../../core/logger.ts";
import { createMemoryReader, type MemoryReader } from "../../../query/promqltest/memory-reader.ts";
import type { GroupDefinition } from "../rule-definition.ts";
import { RuleGroup, type RuleWorld } from "../rule-group.ts";
import type { LocalRuleStorage } from "../rule-storage.ts";
import { compareAlerts, compareSamples, type Difference } from "./compare.ts";
import { createMemoryStorage } from "./memory-storage.ts";
import type { UnitTest, UnitTestFile } from "./unit-test-file.ts";

/** A case that did not come out as expected, or a rule that failed. */
export interface UnitTestFailure {
  readonly test: string;
  /** Line of the case in its file; `null` for a rule. */
  readonly line: number | null;
  /** After the test's start. */
  readonly atMs: number;
  /** `alert Down`, `expr up`, `rule a:b`. */
  readonly subject: string;
  /** Why there is no result to compare; `null` where there is one. */
  readonly error: string | null;
  readonly difference: Difference | null;
}

/** Evaluations of one test: a year of minutes, as a bound on a mistyped time. */
const evaluationsMax = 600_000;

/** `groups` of the file's rule files, in their order. */
export async function runUnitTest(
  test: UnitTest,
  file: UnitTestFile,
  groups: readonly GroupDefinition[],
): Promise<readonly UnitTestFailure[]> {
  const { evaluationIntervalMs } = file;
  let nowMs = test.startMs;
  const clock = { nowMs: () => nowMs, monotonicMs: () => performance.now() };
  const reader = createMemoryReader();
  load(test, reader);
  const storage = createMemoryStorage(reader, { clock, subqueryStepMs: evaluationIntervalMs });
  const world: RuleWorld = {
    storage,
    clock,
    sink: noSink,
    logger: noLogger,
    externalLabels: test.externalLabels,
    externalUrl: test.externalUrl,
    resendDelayMs: evaluationIntervalMs,
    pause: () => Promise.resolve(),
  };
  const running = ordered(groups, file.groupOrder).map(
    (group) => new RuleGroup(group, evaluationIntervalMs, world, { restores: false }),
  );
  const lastMs = test.startMs + Math.max(0, ...[...test.alertCases, ...test.exprCases].map(({ atMs }) => atMs));
  if ((lastMs - test.startMs) / evaluationIntervalMs > evaluationsMax) {
    throw new ChainPulseError("BAD_REQUEST", `${test.name}: more than ${evaluationsMax} evaluations`, {
      fix: "Ask for an earlier eval_time, or set a longer evaluation_interval.",
    });
  }
  const failures: UnitTestFailure[] = [];
  for (; nowMs <= lastMs; nowMs += evaluationIntervalMs) {
    for (const group of running) await group.evaluate(nowMs);
    const errors = ruleErrors(test, running, nowMs);
    // What follows would only fail because of these.
    if (errors.length > 0) return [...failures, ...errors];
    failures.push(...alertFailures(test, running, nowMs - test.startMs, evaluationIntervalMs));
    if (nowMs % (1000 * evaluationIntervalMs) === 0) await nextTurn();
  }
  return [...failures, ...exprFailures(test, storage, file.isFuzzy)];
}

function load(test: UnitTest, reader: MemoryReader): void {
  for (const { labels, values } of test.series) {
    for (const [index, value] of values.entries()) {
      if (value === null) continue;
      const sample = typeof value === "object" ? value.histogram : value;
      reader.add(labels, test.startMs + index * test.intervalMs, sample);
    }
  }
}

/** Groups that the file does not order come after those that it does, as they are. */
function ordered(groups: readonly GroupDefinition[], order: readonly string[]): readonly GroupDefinition[] {
  const rank = ({ name }: GroupDefinition): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return groups.toSorted((a, b) => rank(a) - rank(b));
}

function ruleErrors(test: UnitTest, groups: readonly RuleGroup[], nowMs: number): readonly UnitTestFailure[] {
  return groups
    .flatMap((group) => group.status().rules)
    .flatMap(({ name, lastError }) =>
      lastError === null ? [] : [failure(test, nowMs - test.startMs, `rule ${name}`, { error: lastError })],
    );
}

/** A case between two evaluations is about the earlier one. */
function alertFailures(
  test: UnitTest,
  groups: readonly RuleGroup[],
  atMs: number,
  intervalMs: number,
): readonly UnitTestFailure[] {
  const due = test.alertCases.filter((alert) => alert.atMs >= atMs && alert.atMs < atMs + intervalMs);
  if (due.length === 0) return [];
  const firing = groups
    .flatMap((group) => group.status().rules)
    .flatMap((rule) => (rule.type === "alerting" ? rule.alerts.map((alert) => ({ name: rule.name, ...alert })) : []))
    .filter(({ state }) => state === "firing");
  return due.flatMap(({ line, atMs: caseMs, alertName, alerts }) => {
    const difference = compareAlerts(
      alerts,
      firing.filter(({ name }) => name === alertName),
    );
    return difference === null ? [] : [failure(test, caseMs, `alert ${alertName}`, { line, difference })];
  });
}

function exprFailures(test: UnitTest, storage: LocalRuleStorage, isFuzzy: boolean): readonly UnitTestFailure[] {
  return test.exprCases.flatMap(({ line, atMs, expr, samples }) => {
    try {
      const found = storage.query(expr, test.startMs + atMs).map(({ labels, value, histogram }) => {
        return { labels, value: histogram ?? value };
      });
      const difference = compareSamples(samples, found, isFuzzy);
      return difference === null ? [] : [failure(test, atMs, `expr ${expr}`, { line, difference })];
    } catch (error) {
      if (!(error instanceof ChainPulseError)) throw error;
      return [failure(test, atMs, `expr ${expr}`, { line, error: error.message })];
    }
  });
}

function failure(
  test: UnitTest,
  atMs: number,
  subject: string,
  what: Partial<Pick<UnitTestFailure, "line" | "error" | "difference">>,
): UnitTestFailure {
  return { test: test.name, line: null, atMs, subject, error: null, difference: null, ...what };
}

const noSink: AlertSink = { notify: () => undefined };
/** What fails is among the failures. */
const noLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => noLogger,
};
