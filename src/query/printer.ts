/**
 * Syntax tree → text, in Prometheus's canonical spelling; `parseQuery` of the text gives the same tree.
 * Source: Prometheus 3, promql/parser/printer.go.
 */
import type { AtModifier, Binary, Expr, VectorSelector } from "./ast.ts";
import { formatDuration, formatNumber, quote } from "./parser/literals.ts";

/** Writes any tree that the parser can make. */
export function printQuery(expr: Expr): string {
  switch (expr.kind) {
    case "number":
      return expr.isDuration ? formatDuration(Math.round(expr.value * 1000)) : formatNumber(expr.value);
    case "string":
      return quote(expr.value);
    case "selector":
      return printSelector(expr) + printShift(expr);
    case "range":
      return `${printSelector(expr.selector)}[${formatDuration(expr.rangeMs)}]${printShift(expr.selector)}`;
    case "subquery": {
      const step = expr.stepMs === null ? "" : formatDuration(expr.stepMs);
      return `${printQuery(expr.expr)}[${formatDuration(expr.rangeMs)}:${step}]${printShift(expr)}`;
    }
    case "paren":
      return `(${printQuery(expr.expr)})`;
    case "unary":
      return `${expr.operator}${printQuery(expr.expr)}`;
    case "binary":
      return printBinary(expr);
    case "aggregation": {
      const parameter = expr.parameter === null ? "" : `${printQuery(expr.parameter)}, `;
      const grouping = expr.without ? ` without (${labelList(expr.grouping)}) ` : ` by (${labelList(expr.grouping)}) `;
      const written = expr.without || expr.grouping.length > 0 ? grouping : "";
      return `${expr.operator}${written}(${parameter}${printQuery(expr.expr)})`;
    }
    case "call":
      return `${expr.name}(${expr.args.map(printQuery).join(", ")})`;
  }
}

function printBinary({ operator, left, right, returnBool, matching }: Binary): string {
  let modifiers = returnBool ? " bool" : "";
  if (matching !== null) {
    modifiers += ` ${matching.on ? "on" : "ignoring"} (${labelList(matching.labels)})`;
    if (matching.group !== "none") modifiers += ` group_${matching.group} (${labelList(matching.include)})`;
  }
  return `${printQuery(left)} ${operator}${modifiers} ${printQuery(right)}`;
}

function printSelector({ name, matchers }: VectorSelector): string {
  const conditions = matchers.map(({ name: label, operator, value }) => `${printLabel(label)}${operator}${quote(value)}`);
  if (name !== null && !isPlainMetricName(name)) return `{${[quote(name), ...conditions].join(",")}}`;
  return conditions.length === 0 ? (name ?? "{}") : `${name ?? ""}{${conditions.join(",")}}`;
}

function printShift({ offsetMs, at }: { readonly offsetMs: number; readonly at: AtModifier | null }): string {
  const shiftAt = at === null ? "" : at.kind === "time" ? ` @ ${(at.timeMs / 1000).toFixed(3)}` : ` @ ${at.kind}()`;
  return offsetMs === 0 ? shiftAt : `${shiftAt} offset ${formatDuration(offsetMs)}`;
}

function labelList(labels: readonly string[]): string {
  return labels.map(printLabel).join(", ");
}

function printLabel(label: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : quote(label);
}

/** Names that the grammar would read as something else are quoted, as are all that are not plain words. */
const wordsWithMeaning = new Set(["bool", "on", "ignoring", "group_left", "group_right", "atan2", "inf", "nan"]);

function isPlainMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) && !wordsWithMeaning.has(name.toLowerCase());
}
