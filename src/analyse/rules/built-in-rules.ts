/** The alert rules that domains declare, as groups like those of a rule file: one for each domain. */
import type { AlertRuleDeclaration } from "../../core/alert-rule.ts";
import { expandQuery } from "../../core/promql-text.ts";
import { forEveryNode } from "../../query/every-node.ts";
import { parseQuery } from "../../query/parser/parser.ts";
import { printQuery } from "../../query/printer.ts";
import type { AlertingDefinition, GroupDefinition, TemplatedText } from "./rule-definition.ts";
import { parseAlertText } from "./template/expand-alert-text.ts";

/** One domain's rules, as the composition root hands them over. */
export interface DomainRules {
  readonly domain: string;
  readonly rules: readonly AlertRuleDeclaration[];
}

export interface BuiltInOptions {
  readonly node: string;
  readonly intervalMs: number;
  readonly samplingIntervalMs: number;
  /** Alerts of all nodes whose samples are here, and not of `node` alone. */
  readonly everyNode: boolean;
}

/** Groups without rules are left out. Throws for a declaration that is wrong: a test reads all of them. */
export function builtInGroups(domains: readonly DomainRules[], options: BuiltInOptions): readonly GroupDefinition[] {
  return domains
    .filter(({ rules }) => rules.length > 0)
    .map(({ domain, rules }) => ({
      file: `built-in:${domain}`,
      name: domain,
      intervalMs: null,
      limit: 0,
      queryOffsetMs: 0,
      rules: rules.map((rule) => toDefinition(rule, options)),
    }));
}

function toDefinition(
  rule: AlertRuleDeclaration,
  { node, intervalMs, samplingIntervalMs, everyNode }: BuiltInOptions,
): AlertingDefinition {
  const timing = { intervalMs, samplingIntervalMs };
  const text = everyNode ? forEveryNode(rule.expr, timing) : expandQuery(rule.expr, { ...timing, node, stepMs: intervalMs });
  return {
    kind: "alerting",
    name: rule.name,
    expr: printQuery(parseQuery(text)),
    holdMs: rule.forMs,
    keepFiringForMs: rule.keepFiringForMs ?? 0,
    // Sums have no node, and receivers hear of many nodes. An expression for every node keeps the label.
    labels: [...templated({ severity: rule.severity }), ...(everyNode ? [] : [plainText("node", node)])],
    annotations: templated({ summary: rule.summary, description: rule.help, action: rule.action }),
  };
}

/** A text that is no template, whatever is in it. */
function plainText(name: string, text: string): TemplatedText {
  return { name, text, template: { body: [{ kind: "text", text }], defined: new Map() } };
}

function templated(texts: Readonly<Record<string, string>>): readonly TemplatedText[] {
  return Object.entries(texts).map(([name, text]) => ({ name, text, template: parseAlertText(text) }));
}
