/** The steps of an evaluation (`core/explain.ts`) as a tree that can be folded and walked through. */
import type { ExplainedNode } from "../../core/explain.ts";

/** One visible line of the tree. */
export interface ExplainLine {
  readonly node: ExplainedNode;
  /** Which child of which child: `""`, `"0"`, `"0.1"`. */
  readonly path: string;
  /** The root's is 1, as `aria-level` counts. */
  readonly level: number;
  /** Its place among its parent's parts, from 1, and their number. */
  readonly position: number;
  readonly siblings: number;
  readonly open: boolean;
}

/** The lines from top to bottom, without what is below a folded one. */
export function explainLines(root: ExplainedNode, folded: ReadonlySet<string>): readonly ExplainLine[] {
  const lines: ExplainLine[] = [];
  const add = (node: ExplainedNode, path: string, level: number, position: number, siblings: number): void => {
    const open = node.children.length > 0 && !folded.has(path);
    lines.push({ node, path, level, position, siblings, open });
    if (!open) return;
    for (const [index, child] of node.children.entries())
      add(child, path === "" ? String(index) : `${path}.${index}`, level + 1, index + 1, node.children.length);
  };
  add(root, "", 1, 1, 1);
  return lines;
}

/** What a key does in a tree: fold, unfold, or go to another line (its path). `null`: nothing. Source: WAI-ARIA tree view pattern. */
export function explainKey(
  key: string,
  lines: readonly ExplainLine[],
  path: string,
): { readonly go: string } | { readonly fold: string } | { readonly unfold: string } | null {
  const at = lines.findIndex((line) => line.path === path);
  const line = lines[at];
  if (line === undefined) return null;
  const go = (target: ExplainLine | undefined) => (target === undefined ? null : { go: target.path });
  switch (key) {
    case "ArrowDown":
      return go(lines[at + 1]);
    case "ArrowUp":
      return go(lines[at - 1]);
    case "Home":
      return go(lines[0]);
    case "End":
      return go(lines.at(-1));
    case "ArrowRight":
      if (line.node.children.length === 0) return null;
      return line.open ? go(lines[at + 1]) : { unfold: path };
    case "ArrowLeft":
      if (line.open) return { fold: path };
      return path === "" ? null : { go: path.split(".").slice(0, -1).join(".") };
    default:
      return null;
  }
}
