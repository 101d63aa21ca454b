/** A domain: the facts of one field, as data. Stages take lists of these and never name one. */
import type { AlertRuleDeclaration } from "./alert-rule.ts";
import type { CheckDeclaration } from "./check.ts";
import type { CollectorDeclaration } from "./collector.ts";
import type { Metric } from "./metric.ts";
import type { PanelSection } from "./panel.ts";
import type { ViewGroup } from "./view.ts";

export interface Domain {
  readonly id: string;
  readonly title: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly collectors: readonly CollectorDeclaration[];
  readonly views: readonly ViewGroup[];
  readonly panels: readonly PanelSection[];
  readonly checks: readonly CheckDeclaration[];
  readonly alerts: readonly AlertRuleDeclaration[];
}
