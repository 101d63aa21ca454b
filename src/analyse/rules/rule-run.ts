/** A rule while it is in force: its health, its alerts, and the series that it wrote last. */
import { ChainPulseError } from "../../core/errors.ts";
import { type Labels, labelsKey } from "../../core/labels.ts";
import type { RuleHealth, RuleStatus } from "../../core/rule.ts";
import { AlertTracker } from "./alert-tracker.ts";
import { askTemplates } from "./ask-templates.ts";
import { alertElements, recordedSamples, type TemplateSurroundings } from "./evaluate-rule.ts";
import {
  type AlertingDefinition,
  type RecordingDefinition,
  type RuleDefinition,
  textsOf,
  writtenLabels,
} from "./rule-definition.ts";
import type { TemplateWorld } from "./template/alert-functions.ts";
import type { RuleSample, RuleStorage } from "./rule-storage.ts";

/** Series or alerts of one rule where its group sets no limit: more than anybody can look at. */
const samplesMax = 10_000;

export interface RuleEvaluation {
  readonly timeMs: number;
  readonly queryOffsetMs: number;
  /** 0: no limit of the group's own. */
  readonly limit: number;
  readonly storage: RuleStorage;
  /** Values are asked of the storage. */
  readonly surroundings: TemplateSurroundings<Omit<TemplateWorld, "query">>;
}

export class RuleRun {
  readonly definition: RuleDefinition;
  /** Of an alerting rule, else without alerts for ever. */
  readonly alerts: AlertTracker;
  /** By `labelsKey`. */
  #series: ReadonlyMap<string, Labels>;
  #health: RuleHealth = "unknown";
  #lastError: string | null = null;
  #lastEvaluationMs: number | null = null;
  #durationMs = 0;

  /** `before`: the same rule before the rule files were read anew. */
  constructor(definition: RuleDefinition, restored: boolean, before?: RuleRun) {
    this.definition = definition;
    this.alerts = new AlertTracker(restored, before?.alerts);
    this.#series = before?.series ?? new Map();
    if (before === undefined || before.definition.expr !== definition.expr) return;
    this.#health = before.#health;
    this.#lastError = before.#lastError;
    this.#lastEvaluationMs = before.#lastEvaluationMs;
    this.#durationMs = before.#durationMs;
  }

  /** What it wrote last, by `labelsKey`. */
  get series(): ReadonlyMap<string, Labels> {
    return this.#series;
  }

  /** The samples of this evaluation, with a marker for each series that has ended. Rejects with `ChainPulseError`; the series then stay as they are. */
  async evaluate(evaluation: RuleEvaluation): Promise<readonly RuleSample[]> {
    const timestampMs = evaluation.timeMs - evaluation.queryOffsetMs;
    const rule = this.definition;
    const samples = await (rule.kind === "recording" ? this.#record(rule, evaluation) : this.#alert(rule, evaluation));
    const series = new Map(samples.map(({ labels }) => [labelsKey(labels), labels]));
    const ended = [...this.#series].filter(([key]) => !series.has(key));
    this.#series = series;
    return [...samples, ...ended.map(([, labels]): RuleSample => ({ labels, timestampMs, value: "stale" }))];
  }

  succeeded(timeMs: number, durationMs: number): void {
    this.#set("ok", null, timeMs, durationMs);
  }

  /** Returns whether it failed otherwise before, or not at all. */
  failed(error: unknown, timeMs: number, durationMs: number): boolean {
    const message = error instanceof Error ? error.message : String(error);
    const isNew = message !== this.#lastError;
    this.#set("err", message, timeMs, durationMs);
    return isNew;
  }

  status(): RuleStatus {
    const rule = this.definition;
    const base = {
      name: rule.name,
      query: rule.expr,
      labels: writtenLabels(rule),
      health: this.#health,
      lastError: this.#lastError,
      evaluationDurationMs: this.#durationMs,
      lastEvaluationMs: this.#lastEvaluationMs,
    };
    if (rule.kind === "recording") return { ...base, type: "recording" };
    return {
      ...base,
      type: "alerting",
      state: this.alerts.state,
      holdMs: rule.holdMs,
      keepFiringForMs: rule.keepFiringForMs,
      annotations: textsOf(rule.annotations),
      alerts: this.alerts.status(),
    };
  }

  async #record(
    rule: RecordingDefinition,
    { storage, timeMs, queryOffsetMs, limit }: RuleEvaluation,
  ): Promise<readonly RuleSample[]> {
    const samples = recordedSamples(rule, await storage.query(rule.expr, timeMs - queryOffsetMs));
    checkLimit(samples.length, limit, "series");
    return samples;
  }

  async #alert(rule: AlertingDefinition, evaluation: RuleEvaluation): Promise<readonly RuleSample[]> {
    const { storage, timeMs, queryOffsetMs, limit, surroundings } = evaluation;
    const vector = await storage.query(rule.expr, timeMs - queryOffsetMs);
    const elements = await askTemplates(
      (expr) => storage.query(expr, timeMs),
      (query) => alertElements(rule, vector, { ...surroundings, world: { ...surroundings.world, query } }),
    );
    const active = this.alerts.advance(elements, timeMs, rule);
    try {
      checkLimit(active, limit, "alerts");
    } catch (error) {
      this.alerts.clear();
      throw error;
    }
    return this.alerts.samples(timeMs - queryOffsetMs);
  }

  #set(health: RuleHealth, error: string | null, timeMs: number, durationMs: number): void {
    this.#health = health;
    this.#lastError = error;
    this.#lastEvaluationMs = timeMs;
    this.#durationMs = durationMs;
  }
}

/** Source: Prometheus rules/recording.go and rules/alerting.go, limit. */
function checkLimit(count: number, limit: number, what: string): void {
  const most = limit > 0 ? limit : samplesMax;
  if (count <= most) return;
  throw new ChainPulseError("QUERY_LIMIT", `exceeded limit of ${most} with ${count} ${what}`, {
    fix: "Aggregate in the rule's expression, or raise the group's limit.",
  });
}
