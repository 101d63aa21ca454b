/** Rules as they are written: what a rule file says, and what domains declare. Nothing here has been evaluated yet. */
import type { Labels } from "../../core/labels.ts";
import type { Template } from "./template/tree.ts";

/** A label or an annotation whose text is a template. */
export interface TemplatedText {
  readonly name: string;
  readonly text: string;
  readonly template: Template;
}

export interface RecordingDefinition {
  readonly kind: "recording";
  /** Of the metric that is recorded. */
  readonly name: string;
  /** In canonical spelling. */
  readonly expr: string;
  /** Those of the group included. */
  readonly labels: Labels;
}

export interface AlertingDefinition {
  readonly kind: "alerting";
  /** The label `alertname`. */
  readonly name: string;
  /** In canonical spelling. */
  readonly expr: string;
  /** How long the condition must hold before the alert fires. */
  readonly holdMs: number;
  /** How long the alert fires on after its condition has gone. */
  readonly keepFiringForMs: number;
  /** Those of the group included. */
  readonly labels: readonly TemplatedText[];
  readonly annotations: readonly TemplatedText[];
}

export type RuleDefinition = RecordingDefinition | AlertingDefinition;

export interface GroupDefinition {
  /** Path of the rule file; `built-in:<domain>` for ChainPulse's own. */
  readonly file: string;
  readonly name: string;
  /** `null`: as the configuration says. */
  readonly intervalMs: number | null;
  /** Most alerts or series that one rule may produce; 0: no limit. */
  readonly limit: number;
  /** How much older than its evaluation the time is that a rule looks at. */
  readonly queryOffsetMs: number;
  readonly rules: readonly RuleDefinition[];
}

/** The labels as written, templates not filled in. */
export function writtenLabels(rule: RuleDefinition): Labels {
  return rule.kind === "recording" ? rule.labels : textsOf(rule.labels);
}

/** Name → text, templates not filled in. */
export function textsOf(texts: readonly TemplatedText[]): Labels {
  return Object.fromEntries(texts.map(({ name, text }) => [name, text]));
}
