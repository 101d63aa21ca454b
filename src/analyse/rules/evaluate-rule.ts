/**
 * One evaluation of one rule: from the elements of its expression to what it records or which alerts there are.
 * Source: Prometheus rules/recording.go and rules/alerting.go, Eval.
 */
import { ChainPulseError } from "../../core/errors.ts";
import { type Labels, labelsKey, metricNameLabel } from "../../core/labels.ts";
import type { VectorSample } from "../../query/api.ts";
import type { AlertElement } from "./alert-lifecycle.ts";
import { alertNameLabel, sorted } from "./alert-series.ts";
import type { AlertingDefinition, RecordingDefinition, TemplatedText } from "./rule-definition.ts";
import type { RuleSample } from "./rule-storage.ts";
import type { TemplateWorld } from "./template/alert-functions.ts";
import { expandAlertText } from "./template/expand-alert-text.ts";

/** The series that the rule records. Throws `QUERY_FAILED` where two would be one. */
export function recordedSamples(rule: RecordingDefinition, vector: readonly VectorSample[]): readonly RuleSample[] {
  const seen = new Set<string>();
  return vector.map(({ labels, timestampMs, value, histogram }) => {
    const recorded = sorted({ ...labels, [metricNameLabel]: rule.name, ...rule.labels });
    admit(recorded, seen);
    return { labels: recorded, timestampMs, value: histogram ?? value };
  });
}

/** What templates are filled in with, beside an element's own labels and value. */
export interface TemplateSurroundings<World = TemplateWorld> {
  readonly externalLabels: Labels;
  readonly world: World;
}

/** The alerts that the vector stands for, by `labelsKey`. Throws `QUERY_FAILED` where two would have the same labels. */
export function alertElements(
  rule: AlertingDefinition,
  vector: readonly VectorSample[],
  surroundings: TemplateSurroundings,
): ReadonlyMap<string, AlertElement> {
  const seen = new Set<string>();
  const elements = vector.map(({ labels, value }): readonly [string, AlertElement] => {
    const fill = (texts: readonly TemplatedText[]): Labels =>
      Object.fromEntries(
        texts.map(({ name, template }) => [name, expandAlertText(template, { labels, value, ...surroundings })]),
      );
    const { [metricNameLabel]: _, ...own } = labels;
    const complete = sorted({ ...own, ...fill(rule.labels), [alertNameLabel]: rule.name });
    return [admit(complete, seen), { labels: complete, annotations: fill(rule.annotations), value }];
  });
  return new Map(elements);
}

/** The labels' key, which must be new. */
function admit(labels: Labels, seen: Set<string>): string {
  const key = labelsKey(labels);
  // The key has one behind each name and each value, and is the only text in which labels travel to the store.
  if (key.split("\u0000").length !== 2 * Object.keys(labels).length + 1) {
    throw new ChainPulseError("QUERY_FAILED", `a label cannot be stored: ${JSON.stringify(labels)} has the character U+0000`);
  }
  if (seen.has(key)) {
    throw new ChainPulseError("QUERY_FAILED", "vector contains metrics with the same labelset after applying rule labels", {
      fix: "Let the rule's labels keep apart what its expression tells apart.",
    });
  }
  seen.add(key);
  return key;
}
