/**
 * The templates of rules: what they can name, and what becomes of them. A template that fails does not stop its rule: its text then
 * says so, as Prometheus's does. Source: Prometheus rules/alerting.go and template/template.go (AlertTemplateData, Expand).
 */
import type { Labels } from "../../../core/labels.ts";
import { alertFunctions, type TemplateWorld } from "./alert-functions.ts";
import { evaluateTemplate, functionNames } from "./evaluate-template.ts";
import { parseTemplate } from "./parse-template.ts";
import { TemplateError } from "./template-error.ts";
import type { Template } from "./tree.ts";
import { type GoStruct, type GoValue, textMap } from "./values.ts";

/** What a template of an alert can name. */
export interface AlertFacts {
  /** Of the element of the expression's vector, its metric name included. */
  readonly labels: Labels;
  readonly value: number;
  readonly externalLabels: Labels;
  readonly world: TemplateWorld;
}

const variables = ["$labels", "$externalLabels", "$externalURL", "$value"];
/** For the names alone: nothing is called while a template is parsed. */
const names = functionNames(alertFunctions({ query: () => [], externalUrl: "", nowSeconds: 0 }));

/** Throws `TemplateError`. */
export function parseAlertText(text: string): Template {
  return parseTemplate(text, { functions: names, variables });
}

/** The text with its actions done; `<error expanding template: …>` where one of them fails. */
export function expandAlertText(template: Template, { labels, value, externalLabels, world }: AlertFacts): string {
  const fields: Readonly<Record<string, GoValue>> = {
    Labels: textMap(labels),
    ExternalLabels: textMap(externalLabels),
    ExternalURL: world.externalUrl,
    Value: value,
  };
  const data: GoStruct = { kind: "struct", type: "template.AlertTemplateData", fields: new Map(Object.entries(fields)) };
  const bound = {
    $labels: data.fields.get("Labels") ?? null,
    $externalLabels: data.fields.get("ExternalLabels") ?? null,
    $externalURL: world.externalUrl,
    $value: value,
  };
  try {
    // Half a character would not come out of the store as it went in.
    return evaluateTemplate(template, { data, variables: bound, functions: alertFunctions(world) }).toWellFormed();
  } catch (error) {
    if (error instanceof TemplateError) return `<error expanding template: ${error.message}>`;
    throw error;
  }
}
