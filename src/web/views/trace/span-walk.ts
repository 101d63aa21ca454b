/**
 * The order in which spans stand below each other: each before what is below it, siblings by their start. Flat arrays, because a trace may
 * have a hundred thousand spans; a walk with a stack, because a chain of them may be as long.
 */

/** `place` is a span's number in the order of the walk; `row` its number in the columns. */
export interface SpanWalk {
  /** Place → row. */
  readonly rowAt: Int32Array;
  /** Row → place. */
  readonly placeOf: Int32Array;
  /** Place → how many are above it. */
  readonly depth: Int32Array;
  /** Place → how many are below it. They follow it at once. */
  readonly below: Int32Array;
  /** Place → place of the parent; −1: a root. */
  readonly parent: Int32Array;
}

/** `parent`: row → row, −1 for a root, without cycles. `byStart`: all rows in the order in which siblings are to stand. */
export function spanWalk(parent: Int32Array, byStart: Int32Array): SpanWalk {
  const count = parent.length;
  const { first, next } = childLists(parent, byStart);
  const walk = {
    rowAt: new Int32Array(count),
    placeOf: new Int32Array(count),
    depth: new Int32Array(count),
    below: new Int32Array(count),
    parent: new Int32Array(count).fill(-1),
  };
  let place = 0;
  let row = first[count] ?? -1;
  while (row !== -1) {
    const above = parent[row] ?? -1;
    const abovePlace = above === -1 ? -1 : (walk.placeOf[above] ?? -1);
    walk.rowAt[place] = row;
    walk.placeOf[row] = place;
    walk.parent[place] = abovePlace;
    walk.depth[place] = abovePlace === -1 ? 0 : (walk.depth[abovePlace] ?? 0) + 1;
    place++;
    row = afterRow(row, { parent, first, next });
  }
  for (let at = place - 1; at >= 0; at--) {
    const above = walk.parent[at] ?? -1;
    if (above !== -1) walk.below[above] = (walk.below[above] ?? 0) + (walk.below[at] ?? 0) + 1;
  }
  return walk;
}

interface ChildLists {
  /** Row → its first child; behind the last row: the first root. */
  readonly first: Int32Array;
  /** Row → the next sibling. */
  readonly next: Int32Array;
}

function childLists(parent: Int32Array, byStart: Int32Array): ChildLists {
  const count = parent.length;
  const first = new Int32Array(count + 1).fill(-1);
  const next = new Int32Array(count).fill(-1);
  for (let index = byStart.length - 1; index >= 0; index--) {
    const row = byStart[index] ?? 0;
    const above = parent[row] ?? -1;
    const list = above === -1 ? count : above;
    next[row] = first[list] ?? -1;
    first[list] = row;
  }
  return { first, next };
}

function afterRow(row: number, { parent, first, next }: ChildLists & { readonly parent: Int32Array }): number {
  const child = first[row] ?? -1;
  if (child !== -1) return child;
  for (let at = row; at !== -1; at = parent[at] ?? -1) {
    const sibling = next[at] ?? -1;
    if (sibling !== -1) return sibling;
  }
  return -1;
}

/** All rows by their start, and equal ones by their number. */
export function rowsByStart(starts: Float64Array): Int32Array {
  const rows = new Int32Array(starts.length);
  // As they come from the server they are sorted: only corrected clocks change the order.
  let isSorted = true;
  for (let row = 0; row < starts.length; row++) {
    rows[row] = row;
    if (row > 0 && (starts[row] ?? 0) < (starts[row - 1] ?? 0)) isSorted = false;
  }
  return isSorted ? rows : rows.sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0) || a - b);
}

/**
 * Some roots and what is below them stand together, apart from others: the spans of each node, or those whose parent has not come.
 */
export interface GroupedWalk {
  readonly walk: SpanWalk;
  /** Row of a root → its group; groups stand in the order of their first span. */
  readonly groupOf: Uint32Array;
  /** Whether a group is told from the one before by a head. */
  readonly hasHead: (group: number) => boolean;
}

export const orphanGroup = 1;

/** Everything below its parent, wherever that is; at the end what has one that has not come, as `orphanGroup`. */
export function wholeWalk(parent: Int32Array, byStart: Int32Array, isOrphan: (row: number) => boolean): GroupedWalk {
  const orphans = byStart.filter(isOrphan);
  const order =
    orphans.length === 0
      ? byStart
      : joined(
          byStart.filter((row) => !isOrphan(row)),
          orphans,
        );
  const groupOf = new Uint32Array(parent.length);
  for (const row of orphans) groupOf[row] = orphanGroup;
  return { walk: spanWalk(parent, order), groupOf, hasHead: (group) => group === orphanGroup };
}

/** Not by spreading: an argument list has a bound. */
function joined(first: Int32Array, second: Int32Array): Int32Array {
  const all = new Int32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** Every node's spans apart, and parents only where they are of the same node. A group is a node's number. */
export function laneWalk(parent: Int32Array, byStart: Int32Array, node: Uint32Array): GroupedWalk {
  const own = parent.map((above, row) => (above !== -1 && node[above] === node[row] ? above : -1));
  const firstPlace = new Map<number, number>();
  for (const row of byStart) {
    const lane = node[row] ?? 0;
    if (!firstPlace.has(lane)) firstPlace.set(lane, firstPlace.size);
  }
  const lane = (row: number): number => firstPlace.get(node[row] ?? 0) ?? 0;
  // The sort is stable: in a lane the order stays that of time.
  return {
    walk: spanWalk(
      own,
      byStart.toSorted((a, b) => lane(a) - lane(b)),
    ),
    groupOf: node,
    hasHead: () => true,
  };
}
