/** Columns read downwards: the children of each row. */
import type { SpanColumns } from "../span-columns.ts";

export interface SpanTree {
  /** Rows without a parent, ascending. */
  readonly roots: readonly number[];
  /** The children of row r, ascending, are those from `first[r]` to before `first[r + 1]`; `childrenOf` gives them. */
  readonly children: Int32Array<ArrayBuffer>;
  readonly first: Int32Array<ArrayBuffer>;
}

/** In linear time: rows are counted by their parent first, and put in place after that. */
export function spanTree({ parent }: Pick<SpanColumns, "parent">): SpanTree {
  const first = new Int32Array(parent.length + 1);
  const roots: number[] = [];
  for (const [row, above] of parent.entries()) {
    if (above < 0) roots.push(row);
    else first[above + 1] = (first[above + 1] ?? 0) + 1;
  }
  for (let row = 1; row < first.length; row++) first[row] = (first[row] ?? 0) + (first[row - 1] ?? 0);
  const children = new Int32Array(parent.length - roots.length);
  const next = first.slice();
  for (const [row, above] of parent.entries()) {
    if (above < 0) continue;
    const place = next[above] ?? 0;
    children[place] = row;
    next[above] = place + 1;
  }
  return { roots, children, first };
}

/** Ascending. */
export function childrenOf({ children, first }: SpanTree, row: number): readonly number[] {
  const own: number[] = [];
  for (let place = first[row] ?? 0; place < (first[row + 1] ?? 0); place++) own.push(children[place] ?? 0);
  return own;
}

/** All rows, parents before their children. */
export function parentsFirst(tree: SpanTree): Int32Array<ArrayBuffer> {
  const order = new Int32Array(tree.first.length - 1);
  let filled = 0;
  for (const root of tree.roots) order[filled++] = root;
  for (let at = 0; at < filled; at++) {
    for (const child of childrenOf(tree, order[at] ?? 0)) order[filled++] = child;
  }
  return order;
}
