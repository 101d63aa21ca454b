/** A domain: the facts of one field, as data. Stages take lists of these and never name one. */
import type { AlertRuleDeclaration } from "./alert-rule.ts";
import type { CheckDeclaration } from "./check.ts";
import type { CollectorDeclaration } from "./collector.ts";
import type { Metric } from "./metric.ts";
import type { EventDeclaration } from "./node-event.ts";
import type { ObserverDeclaration } from "./observer.ts";
import type { PanelSection, ProgramSection } from "./panel.ts";
import type { ViewField, ViewGroup } from "./view.ts";

export interface Domain {
  readonly id: string;
  readonly title: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly collectors: readonly CollectorDeclaration[];
  /** What watches other programs over the network. */
  readonly observers?: readonly ObserverDeclaration[];
  /** Kinds of events that they emit. */
  readonly events?: readonly EventDeclaration[];
  readonly views: readonly ViewGroup[];
  readonly panels: readonly PanelSection[];
  /** Charts of programs whose metrics come from elsewhere. */
  readonly programs?: readonly ProgramSection[];
  readonly checks: readonly CheckDeclaration[];
  readonly alerts: readonly AlertRuleDeclaration[];
  /** The few figures of a node that stand beside its name in a list of many; each is asked of all nodes at once (`query/every-node.ts`). */
  readonly fleet?: readonly ViewField[];
}
