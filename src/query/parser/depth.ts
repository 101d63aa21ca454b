/** The depth of a syntax tree, bounded before anything walks it recursively: `a + a + a …` nests without parentheses. */
import type { Expr } from "../ast.ts";
import { childrenOf } from "./children.ts";
import { syntaxError } from "./syntax-error.ts";

/** A third of what the main thread's stack evaluates (measured); the longest queries of real rule files have some dozens of levels. */
export const treeDepthMax = 1000;

/** Throws `QUERY_SYNTAX` at the first node that is too deep. */
export function checkDepth(expr: Expr, text: string): void {
  const waiting = [{ node: expr, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, depth } = next;
    if (depth > treeDepthMax) throw syntaxError(text, node.span.start, `nested deeper than ${treeDepthMax} levels`);
    for (const child of childrenOf(node)) waiting.push({ node: child, depth: depth + 1 });
  }
}
