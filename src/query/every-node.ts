/**
 * Makes an expression that asks about one node ask about every node, each for itself: what a Prometheus or a Grafana that holds many
 * nodes needs. The matcher on `$node` goes, and the label `node` is kept wherever labels are dropped or compared.
 */
import { expandQuery } from "../core/promql-text.ts";
import type { Aggregation, Expr, VectorMatching, VectorSelector } from "./ast.ts";
import { parseQuery } from "./parser/parser.ts";
import { printQuery } from "./printer.ts";

/** The label that what ChainPulse collects carries. */
const nodeLabel = "node";
const nodeVariable = "$node";

/**
 * Functions whose result has no labels of its argument (Prometheus, querying/functions): what they say of several nodes cannot be
 * told apart any more.
 */
const losesLabels: ReadonlySet<string> = new Set(["absent", "absent_over_time", "scalar", "vector"]);

/** How often the rule is evaluated, and how far apart the samples are that it sees. */
export interface RuleTiming {
  /** `null`: at one instant. */
  readonly intervalMs: number | null;
  readonly samplingIntervalMs: number;
  /** See `QueryContext`. */
  readonly scraped?: boolean;
}

/** PromQL without variables. Throws for an expression that cannot be asked of several nodes at once. */
export function forEveryNode(expr: string, { intervalMs, samplingIntervalMs, scraped = false }: RuleTiming): string {
  const text = expandQuery(expr, { node: nodeVariable, stepMs: intervalMs, samplingIntervalMs, scraped });
  return printQuery(rewrite(parseQuery(text)));
}

function rewrite(expr: Expr): Expr {
  switch (expr.kind) {
    case "number":
    case "string":
      return expr;
    case "selector":
      return withoutNode(expr);
    case "range":
      return { ...expr, selector: withoutNode(expr.selector) };
    case "paren":
    case "unary":
    case "subquery":
      return { ...expr, expr: rewrite(expr.expr) };
    case "binary":
      return { ...expr, left: rewrite(expr.left), right: rewrite(expr.right), matching: keepingNode(expr.matching) };
    case "aggregation":
      return { ...expr, expr: rewrite(expr.expr), grouping: groupingOf(expr) };
    case "call":
      if (losesLabels.has(expr.name)) throw new Error(`${expr.name}() has no label ${nodeLabel}: ${printQuery(expr)}`);
      return { ...expr, args: expr.args.map(rewrite) };
  }
}

function withoutNode(selector: VectorSelector): VectorSelector {
  const isNode = ({ name, value }: { readonly name: string; readonly value: string }): boolean =>
    name === nodeLabel && value === nodeVariable;
  return { ...selector, matchers: selector.matchers.filter((matcher) => !isNode(matcher)) };
}

function keepingNode(matching: VectorMatching | null): VectorMatching | null {
  return matching?.on === true ? { ...matching, labels: withNode(matching.labels) } : matching;
}

/** `without` keeps the node by itself. */
function groupingOf({ without, grouping }: Aggregation): readonly string[] {
  return without ? grouping : withNode(grouping);
}

function withNode(labels: readonly string[]): readonly string[] {
  return labels.includes(nodeLabel) ? labels : [nodeLabel, ...labels];
}
