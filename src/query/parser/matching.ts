/** How two vectors match: `on (…)`, `ignoring (…)`, `group_left (…)`, `fill (…)`; and lists of labels, which aggregations have too. */
import type { VectorMatching } from "../ast.ts";
import { beginsExpression } from "./begins-expression.ts";
import type { TokenCursor } from "./cursor.ts";
import { isLabelName, quote } from "./literals.ts";
import { parseSignedNumber } from "./number.ts";
import { parseString } from "./selector.ts";

/** A keyword that label lists do not take, an oversight of Prometheus's grammar. */
const noLabel = "without";

/** What may stand between an operator (and `bool`) and its right operand; `null` when nothing is written that makes a difference. */
export function parseMatching(cursor: TokenCursor): VectorMatching | null {
  const on = cursor.acceptKeyword("on");
  const isWritten = on || cursor.acceptKeyword("ignoring");
  const labels = isWritten ? parseLabelList(cursor) : [];
  const group = isWritten ? parseGroup(cursor) : "none";
  const include = group === "none" ? [] : parseIncluded(cursor);
  const fill = parseFill(cursor);
  const isDefault = !on && labels.length === 0 && group === "none" && fill.fillLeft === null && fill.fillRight === null;
  return isDefault ? null : { group, on, labels, include, ...fill };
}

function parseGroup(cursor: TokenCursor): VectorMatching["group"] {
  if (cursor.acceptKeyword("group_left")) return "left";
  return cursor.acceptKeyword("group_right") ? "right" : "none";
}

function parseIncluded(cursor: TokenCursor): readonly string[] {
  return !cursor.isOperator("(") && beginsExpression(cursor) ? [] : parseLabelList(cursor);
}

/** `fill(0)`, or `fill_left(0)` and `fill_right(0)` in any order. */
function parseFill(cursor: TokenCursor): Pick<VectorMatching, "fillLeft" | "fillRight"> {
  if (cursor.acceptKeyword("fill")) {
    const value = parseFillValue(cursor);
    return { fillLeft: value, fillRight: value };
  }
  let fillLeft = cursor.acceptKeyword("fill_left") ? parseFillValue(cursor) : null;
  const fillRight = cursor.acceptKeyword("fill_right") ? parseFillValue(cursor) : null;
  if (fillLeft === null && fillRight !== null && cursor.acceptKeyword("fill_left")) fillLeft = parseFillValue(cursor);
  return { fillLeft, fillRight };
}

function parseFillValue(cursor: TokenCursor): number {
  cursor.expectOperator("(", "");
  const value = parseSignedNumber(cursor);
  if (value === null) throw cursor.unexpected();
  cursor.expectOperator(")", "");
  return value;
}

/** `(a, "b c")`. */
export function parseLabelList(cursor: TokenCursor): readonly string[] {
  const context = "grouping opts";
  cursor.expectOperator("(", context, '"("');
  const labels: string[] = [];
  while (!cursor.acceptOperator(")")) {
    labels.push(parseLabel(cursor, context));
    if (!cursor.acceptOperator(",") && !cursor.isOperator(")")) throw cursor.unexpected(context, '"," or ")"');
  }
  return labels;
}

function parseLabel(cursor: TokenCursor, context: string): string {
  const token = cursor.peek();
  if (token.kind === "string") {
    const name = parseString(cursor);
    if (isLabelName(name)) return name;
    throw cursor.error(token, `invalid label name for grouping: ${quote(name)}`);
  }
  const isWord = token.kind === "identifier" || token.kind === "metric identifier" || token.kind === "keyword";
  if (!isWord || token.text.toLowerCase() === noLabel) throw cursor.unexpected(context, "label");
  return cursor.next().text;
}
