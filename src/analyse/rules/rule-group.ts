/**
 * A group of rules while it is in force. Its rules are evaluated one after the other at one time, so that a rule sees what those
 * before it have recorded. Source: Prometheus rules/group.go, Eval and RestoreForState.
 */
import type { Alert, AlertSink } from "../../core/alert.ts";
import type { Clock } from "../../core/clock.ts";
import { type Labels, labelsKey } from "../../core/labels.ts";
import type { Logger } from "../../core/logger.ts";
import type { RuleGroupStatus } from "../../core/rule.ts";
import type { RuleGroupFacts } from "../../core/runtime.ts";
import type { TrackedAlert } from "./alert-lifecycle.ts";
import { type GroupDefinition, writtenLabels } from "./rule-definition.ts";
import { RuleRun } from "./rule-run.ts";
import type { RuleStorage } from "./rule-storage.ts";
import { tableLink } from "./template/alert-functions.ts";

/** An alert's state is restored from series at most this old. Source: Prometheus cmd/prometheus, rules.alert.for-outage-tolerance. */
const outageToleranceMs = 60 * 60_000;
/** The first evaluation may lack samples that the second one has. Source: Prometheus rules/group.go, run. */
const evaluationsBeforeRestore = 2;

/** What all groups share. */
export interface RuleWorld {
  readonly storage: RuleStorage;
  readonly sink: AlertSink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What templates call `$externalLabels`; the sink adds them to what it sends. */
  readonly externalLabels: Labels;
  /** Where ChainPulse is reached, without a slash at the end. */
  readonly externalUrl: string;
  readonly resendDelayMs: number;
  /** Lets other work of the thread come in between two rules. */
  readonly pause: () => Promise<void>;
}

export class RuleGroup {
  readonly definition: GroupDefinition;
  readonly intervalMs: number;
  readonly runs: readonly RuleRun[];
  readonly #world: RuleWorld;
  #evaluations = 0;
  #failures = 0;
  #missed = 0;
  #samples = 0;
  #lastEvaluationMs: number | null = null;
  #durationMs = 0;

  /**
   * `before`: the group of this name before the rule files were read anew; rules with the same name and labels go on where they were.
   * Without one the state of alerts is restored where `restores` says so: at the start, not for rules that were added later.
   */
  constructor(
    definition: GroupDefinition,
    intervalMs: number,
    world: RuleWorld,
    from: { restores: boolean; before?: RuleGroup },
  ) {
    this.definition = definition;
    this.intervalMs = intervalMs;
    this.#world = world;
    const left = Map.groupBy(from.before?.runs ?? [], identityOf);
    this.runs = definition.rules.map((rule) => {
      return new RuleRun(rule, !from.restores, left.get(identityOf({ definition: rule }))?.shift());
    });
    if (from.before !== undefined) {
      this.#evaluations = from.before.#evaluations;
      this.#failures = from.before.#failures;
      this.#missed = from.before.#missed;
      this.#samples = from.before.#samples;
      this.#lastEvaluationMs = from.before.#lastEvaluationMs;
      this.#durationMs = from.before.#durationMs;
    }
  }

  /** Evaluates all rules as of `timeMs`. A rule that fails is shown as such and holds up no other. Rejects where results cannot be kept. */
  async evaluate(timeMs: number): Promise<void> {
    const { clock, storage, pause } = this.#world;
    const startedMs = clock.monotonicMs();
    storage.begin();
    for (const run of this.runs) {
      await this.#evaluateRule(run, timeMs);
      await pause();
    }
    this.#evaluations += 1;
    this.#lastEvaluationMs = timeMs;
    try {
      await storage.flush(timeMs);
    } finally {
      this.#durationMs = clock.monotonicMs() - startedMs;
    }
    if (this.#evaluations >= evaluationsBeforeRestore) await this.#restore(timeMs);
  }

  /** Planned evaluations that did not happen, because one before took too long or the machine slept. */
  miss(count: number): void {
    this.#missed += count;
  }

  status(): RuleGroupStatus {
    const { file, name, limit } = this.definition;
    return {
      file,
      name,
      limit,
      intervalMs: this.intervalMs,
      rules: this.runs.map((run) => run.status()),
      evaluationDurationMs: this.#durationMs,
      lastEvaluationMs: this.#lastEvaluationMs,
    };
  }

  facts(): RuleGroupFacts {
    return {
      group: this.definition.name,
      file: this.definition.file,
      rules: this.runs.length,
      evaluations: this.#evaluations,
      failures: this.#failures,
      missed: this.#missed,
      samples: this.#samples,
      lastDurationSeconds: this.#durationMs / 1000,
      lastEvaluationSeconds: this.#lastEvaluationMs === null ? null : this.#lastEvaluationMs / 1000,
    };
  }

  async #evaluateRule(run: RuleRun, timeMs: number): Promise<void> {
    const { clock, storage, logger } = this.#world;
    const startedMs = clock.monotonicMs();
    try {
      const samples = await run.evaluate({
        timeMs,
        queryOffsetMs: this.definition.queryOffsetMs,
        limit: this.definition.limit,
        storage,
        surroundings: this.#surroundings(timeMs),
      });
      // What cannot be stored can be told all the same.
      this.#tell(run, timeMs);
      storage.append(samples);
      this.#samples += samples.length;
      run.succeeded(timeMs, clock.monotonicMs() - startedMs);
    } catch (error) {
      this.#failures += 1;
      const isNew = run.failed(error, timeMs, clock.monotonicMs() - startedMs);
      if (isNew) logger.warn("a rule could not be evaluated", { ...this.#names(run), error });
    }
  }

  #tell(run: RuleRun, timeMs: number): void {
    const { resendDelayMs } = this.#world;
    const validUntilMs = timeMs + 4 * Math.max(this.intervalMs, resendDelayMs);
    const due = run.alerts
      .takeDue(timeMs, resendDelayMs)
      .map((alert) => this.#toAlert(alert, run.definition.expr, validUntilMs));
    if (due.length > 0) this.#world.sink.notify(due);
  }

  /** Source: Prometheus cmd/prometheus/main.go, sendAlerts. */
  #toAlert(
    { labels, annotations, activeAtMs, firedAtMs, resolvedAtMs }: TrackedAlert,
    expr: string,
    validUntilMs: number,
  ): Alert {
    return {
      labels,
      annotations,
      startsAtMs: firedAtMs ?? activeAtMs,
      endsAtMs: resolvedAtMs,
      validUntilMs,
      generatorUrl: this.#world.externalUrl + tableLink(expr),
    };
  }

  #surroundings(timeMs: number): Parameters<RuleRun["evaluate"]>[0]["surroundings"] {
    const { externalLabels, externalUrl } = this.#world;
    return { externalLabels, world: { externalUrl, nowSeconds: timeMs / 1000 } };
  }

  async #restore(nowMs: number): Promise<void> {
    for (const { alerts, definition: rule } of this.runs) {
      if (alerts.restored || rule.kind !== "alerting") continue;
      alerts.restore(await this.#world.storage.activeBefore(rule.name, nowMs - outageToleranceMs, nowMs), nowMs, rule);
    }
  }

  #names(run: RuleRun): { readonly file: string; readonly group: string; readonly rule: string } {
    return { file: this.definition.file, group: this.definition.name, rule: run.definition.name };
  }
}

/** Two rules of one group are the same one, before and after the files are read, where this is. Source: rules/group.go, CopyState. */
function identityOf({ definition }: Pick<RuleRun, "definition">): string {
  return JSON.stringify([definition.kind, definition.name, labelsKey(writtenLabels(definition))]);
}
