/** Rules over series in memory, with a clock that the test moves: what there is, what was stored, and what was told. */
import assert from "node:assert/strict";
import type { Alert } from "../../core/alert.ts";
import { formatLabels } from "../../core/labels.ts";
import type { VectorSample } from "../../query/api.ts";
import { createMemoryReader } from "../../query/promqltest/memory-reader.ts";
import { parseSeriesLine } from "../../query/promqltest/series-line.ts";
import { parseRuleFile } from "./parse-rule-file.ts";
import type { GroupDefinition } from "./rule-definition.ts";
import type { RuleWorld } from "./rule-group.ts";
import { RuleManager } from "./rule-manager.ts";
import { formatRuleProblem } from "./rule-problem.ts";
import { createMemoryStorage } from "./unit-test/memory-storage.ts";

export const second = 1000;
export const minute = 60 * second;

/** An alert as it was told, and when. */
export interface Told {
  readonly atMs: number;
  readonly alert: Alert;
}

export interface RuleLab {
  readonly manager: RuleManager;
  readonly told: readonly Told[];
  readonly warnings: readonly string[];
  /** Sees to it that the series have these samples, one every `stepMs` from time 0. */
  load(stepMs: number, lines: readonly string[]): void;
  update(rules: string): void;
  /** A new process on the same samples, whose first evaluation is at `timeMs`: nothing is known but what was stored. */
  restart(rules: string, timeMs: number): void;
  /** All evaluations since the last call up to this time. */
  runTo(timeMs: number): Promise<void>;
  samples(expr: string, timeMs: number): readonly VectorSample[];
  /** `name{labels} value` of what the expression gives at this time. */
  query(expr: string, timeMs: number): readonly string[];
}

export interface RuleLabSettings extends Partial<RuleWorld> {
  /** Default: 30 s. */
  readonly intervalMs?: number;
  /** The rules are added to a running process: their series are written from the first evaluation on. Default: they are its first. */
  readonly areAdded?: boolean;
}

/** Groups are evaluated at multiples of their interval, from 0 on, whatever their names. */
export function createRuleLab(rules: string | readonly GroupDefinition[], settings: RuleLabSettings = {}): RuleLab {
  let nowMs = 0;
  let nextMs = 0;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const reader = createMemoryReader();
  const storage = createMemoryStorage(reader, { clock, subqueryStepMs: minute });
  const told: Told[] = [];
  const warnings: string[] = [];
  const warn = (message: string, fields?: object): void => void warnings.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: warn, info: warn, warn, error: warn, child: () => logger };
  const world: RuleWorld = {
    storage,
    sink: { notify: (alerts) => told.push(...alerts.map((alert) => ({ atMs: nowMs, alert }))) },
    clock,
    logger,
    externalLabels: {},
    externalUrl: "http://pulse",
    resendDelayMs: minute,
    pause: () => Promise.resolve(),
    ...settings,
  };
  const intervalMs = settings.intervalMs ?? 30 * second;
  let manager = new RuleManager(world);
  const update = (given: typeof rules): void => {
    manager.update(typeof given === "string" ? groupsOf(given) : given, nowMs, { world, intervalMs });
  };
  if (settings.areAdded === true) manager.update([], nowMs, { world, intervalMs });
  update(rules);
  return {
    get manager() {
      return manager;
    },
    told,
    warnings,
    load(stepMs, lines) {
      for (const { labels, values } of lines.map(parseSeriesLine)) {
        for (const [index, value] of values.entries()) {
          if (typeof value === "number" || value === "stale") reader.add(labels, index * stepMs, value);
        }
      }
    },
    update,
    restart(text, timeMs) {
      nextMs = timeMs;
      manager = new RuleManager(world);
      update(text);
    },
    async runTo(timeMs) {
      for (; nextMs <= timeMs; nextMs += second) {
        nowMs = nextMs;
        for (const group of manager.running) if (nowMs % group.intervalMs === 0) await group.evaluate(nowMs);
      }
    },
    samples: (expr, timeMs) => storage.query(expr, timeMs),
    query: (expr, timeMs) => storage.query(expr, timeMs).map(({ labels, value }) => `${formatLabels(labels)} ${value}`),
  };
}

export function groupsOf(text: string): readonly GroupDefinition[] {
  const { groups, problems } = parseRuleFile(text, "rules.yml");
  assert.deepEqual(problems.map(formatRuleProblem), []);
  return groups;
}
