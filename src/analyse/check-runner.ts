/** Runs the declared checks when they are due, keeps their newest results and tells of changes. */
import type { Absence, ReportedAbsence } from "../core/absence.ts";
import { type CheckDeclaration, type CheckResult, severityOf } from "../core/check.ts";
import { expandQuery } from "../core/promql-text.ts";
import type { LaterApi, QueryApi, QueryFailure, QueryResult, VectorSample } from "../query/api.ts";
import { judge, type Judgement, type PassedSince } from "./check-judge.ts";
import { fillMessage, formatWait } from "./check-message.ts";

const defaultIntervalMs = 10_000;
/** Until then a check without a value waits for its first samples. */
const firstSamplesMs = 60_000;

export interface CheckRunnerOptions {
  readonly checks: readonly CheckDeclaration[];
  readonly node: string;
  readonly samplingIntervalMs: number;
  readonly query: Pick<LaterApi<QueryApi>, "batch">;
  readonly absences: () => Promise<readonly ReportedAbsence[]>;
  /** Results whose status has changed, in the order of the checks. */
  readonly onChange: (changes: readonly CheckResult[]) => void;
  readonly startedMs: number;
}

interface Running {
  readonly check: CheckDeclaration;
  dueMs: number;
  passed: PassedSince;
  result: CheckResult | null;
}

export class CheckRunner {
  readonly #options: CheckRunnerOptions;
  readonly #running: readonly Running[];
  #startedMs: number;
  #isRunning = false;

  constructor(options: CheckRunnerOptions) {
    this.#options = options;
    this.#startedMs = options.startedMs;
    this.#running = options.checks.map((check) => ({ check, dueMs: 0, passed: new Map(), result: null }));
  }

  /** The newest result of every check that has run, worst first. */
  results(): readonly CheckResult[] {
    const results = this.#running.flatMap(({ result }) => (result === null ? [] : [result]));
    return results.sort((a, b) => severityOf(b) - severityOf(a));
  }

  /**
   * Runs what is due at `nowMs`: one batch for all expressions, so that all are judged on the same state. Nothing while the last run is
   * still waiting for its answers.
   */
  async run(nowMs: number): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      await this.#runDue(nowMs);
    } finally {
      this.#isRunning = false;
    }
  }

  async #runDue(nowMs: number): Promise<void> {
    // A clock that was set back has not reached the start yet.
    this.#startedMs = Math.min(this.#startedMs, nowMs);
    const due = this.#running.filter((running) => isDue(running, nowMs));
    if (due.length === 0) return;
    const results = await this.#options.query.batch(
      due.map(({ check }) => this.#expand(check, check.expr)),
      nowMs,
    );
    const missing = results.some((result) => vectorOf(result).length === 0);
    const absences = missing ? await this.#options.absences() : [];
    const changes: CheckResult[] = [];
    for (const [index, running] of due.entries()) {
      running.dueMs = nowMs + intervalOf(running.check);
      const before = running.result;
      // One result per expression: batch answers in order.
      running.result = await this.#judge(running, results[index] as QueryResult | QueryFailure, absences, nowMs);
      if (before?.status !== running.result.status) changes.push(running.result);
    }
    if (changes.length > 0) this.#options.onChange(changes);
  }

  async #judge(
    running: Running,
    answer: QueryResult | QueryFailure,
    absences: readonly ReportedAbsence[],
    nowMs: number,
  ): Promise<CheckResult> {
    const { check } = running;
    const vector = vectorOf(answer);
    if (vector.length === 0) {
      running.passed = new Map();
      return this.#withoutValue(running, answer, absences, nowMs);
    }
    const judgement = judge(check, vector, running.passed, nowMs);
    running.passed = judgement.passed;
    const worst = judgement.worst ?? vector[0];
    if (worst === undefined) return this.#withoutValue(running, answer, absences, nowMs);
    const before = running.result;
    const sinceMs = before?.status === judgement.level ? Math.min(before.sinceMs, nowMs) : (judgement.sinceMs ?? nowMs);
    return {
      ...this.#common(running, nowMs),
      status: judgement.level,
      sinceMs,
      value: worst.value,
      message: await this.#sentence(check, judgement, { ...worst, sinceMs }, nowMs),
      action: judgement.level === "ok" ? null : check.action,
      reason: null,
    };
  }

  async #sentence(
    check: CheckDeclaration,
    judgement: Judgement,
    worst: VectorSample & { sinceMs: number },
    nowMs: number,
  ): Promise<string> {
    const { level, pending } = judgement;
    const fill = async (template: string, sinceMs: number): Promise<string> => {
      return fillMessage(template, { ...worst, sinceMs, details: await this.#details(check, template, nowMs) }, check.unit);
    };
    if (level !== "ok") return fill(check.message, worst.sinceMs);
    // What is amiss is said at once: that all is well would be wrong, though it is too early to call it a warning.
    if (pending !== null) {
      const wait = formatWait(check.forMs ?? 0);
      return `${await fill(check.message, pending.sinceMs)} It becomes ${pending.level === "warning" ? "a warning" : "critical"} if it lasts ${wait}.`;
    }
    return fill(check.ok ?? `${check.title}: {{$value}}.`, worst.sinceMs);
  }

  /** Nothing to judge: unknown with the reason, or ok when nothing is amiss and there simply was nothing (no traffic, no disk). */
  #withoutValue(
    running: Running,
    answer: QueryResult | QueryFailure,
    absences: readonly ReportedAbsence[],
    nowMs: number,
  ): CheckResult {
    const { check, result: before } = running;
    const absence = absences.find((candidate) => candidate.metrics.some((metric) => check.metrics.includes(metric)));
    const why = this.#whyUnknown(answer, absence, nowMs);
    const status = why === null ? "ok" : "unknown";
    return {
      ...this.#common(running, nowMs),
      status,
      sinceMs: before?.status === status ? Math.min(before.sinceMs, nowMs) : nowMs,
      value: null,
      message: why?.detail ?? `${check.title}: nothing to judge at the moment.`,
      action: why?.fix ?? null,
      reason: why?.reason ?? null,
    };
  }

  #whyUnknown(answer: QueryResult | QueryFailure, absence: ReportedAbsence | undefined, nowMs: number): Absence | null {
    if ("code" in answer) return { reason: "stale", detail: answer.message };
    if (absence !== undefined) return absence;
    if (nowMs - this.#startedMs < firstSamplesMs) return { reason: "stale", detail: "Waiting for the first samples." };
    return null;
  }

  #common(running: Running, nowMs: number): Pick<CheckResult, "id" | "title" | "node" | "timestampMs"> {
    return { id: running.check.id, title: running.check.title, node: this.#options.node, timestampMs: nowMs };
  }

  /** Only those that the sentence names are asked for. */
  async #details(check: CheckDeclaration, template: string, nowMs: number): Promise<Record<string, VectorSample | null>> {
    const entries = Object.entries(check.details ?? {}).filter(([name]) => template.includes(`{{${name}.`));
    if (entries.length === 0) return {};
    const answers = await this.#options.query.batch(
      entries.map(([, expr]) => this.#expand(check, expr)),
      nowMs,
    );
    return Object.fromEntries(
      entries.map(([name], index) => {
        const answer = answers[index];
        return [name, (answer === undefined ? undefined : vectorOf(answer)[0]) ?? null];
      }),
    );
  }

  /** Rates are those since the last judgement: of the last tick alone, nine seconds of ten would never be judged. */
  #expand(check: CheckDeclaration, expr: string): string {
    const { node, samplingIntervalMs } = this.#options;
    return expandQuery(expr, { node, samplingIntervalMs, stepMs: intervalOf(check) });
  }
}

/** Due, or planned for a time that a clock set back would reach only much later. */
function isDue({ check, dueMs }: Running, nowMs: number): boolean {
  return dueMs <= nowMs || dueMs - nowMs > intervalOf(check);
}

function intervalOf(check: CheckDeclaration): number {
  return check.intervalMs ?? defaultIntervalMs;
}

/** A scalar counts as a vector of one element without labels. */
function vectorOf(answer: QueryResult | QueryFailure): readonly VectorSample[] {
  if ("code" in answer) return [];
  if (answer.type === "vector") return answer.samples;
  return answer.type === "scalar" ? [{ labels: {}, timestampMs: answer.timestampMs, value: answer.value }] : [];
}
