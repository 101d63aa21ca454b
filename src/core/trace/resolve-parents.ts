/**
 * Who is whose parent among spans that came from anywhere: ids may be there twice, parents may be missing, and may lead round in a circle.
 * Whoever makes columns of spans resolves them here, so that a trace is the same tree in the store, in an answer and on a page.
 */
import { spanFlags } from "../span-columns.ts";

export interface Parents {
  /** Row of each row's parent; -1: none. Following it always ends. */
  readonly parent: Int32Array<ArrayBuffer>;
  /** `spanFlags.orphan` and `spanFlags.cycle`. */
  readonly flags: Uint8Array<ArrayBuffer>;
}

/**
 * `parentIds`: `null` for a root. Of several rows with one id that of the same node is the parent, so that no node takes another one's
 * children away, else the first. `nodes`: a number for the node of each row. A circle is cut above its first row, which becomes a root; so the
 * order of the rows alone decides where.
 */
export function resolveParents<Id extends string | bigint>(
  ids: readonly Id[],
  parentIds: readonly (Id | null)[],
  nodes: ArrayLike<number>,
): Parents {
  const rows = new Map<Id, number>();
  /** Those whose id was there before, by that and their node. */
  const further = new Map<string, number>();
  for (const [row, id] of ids.entries()) {
    const first = rows.get(id);
    if (first === undefined) rows.set(id, row);
    else if (nodes[row] !== nodes[first]) further.set(`${nodes[row]} ${id}`, further.get(`${nodes[row]} ${id}`) ?? row);
  }
  const parent = new Int32Array(ids.length).fill(-1);
  const flags = new Uint8Array(ids.length);
  for (const [row, id] of parentIds.entries()) {
    if (id === null) continue;
    const first = rows.get(id);
    const isOther = first !== undefined && further.size > 0 && nodes[first] !== nodes[row];
    const found = isOther ? (further.get(`${nodes[row]} ${id}`) ?? first) : first;
    if (found === undefined) flags[row] = spanFlags.orphan;
    else parent[row] = found;
  }
  for (const row of firstRowsOfCircles(parent)) {
    parent[row] = -1;
    flags[row] = spanFlags.cycle;
  }
  return { parent, flags };
}

/** Every row has one parent at most, so a way upwards that meets itself has found the only circle that it can lead to. */
function firstRowsOfCircles(parent: Int32Array): readonly number[] {
  /** By which way upwards a row was met first; 0: by none yet. */
  const metBy = new Uint32Array(parent.length);
  const found: number[] = [];
  for (let way = 1; way <= parent.length; way++) {
    let row = way - 1;
    while (row >= 0 && metBy[row] === 0) {
      metBy[row] = way;
      row = parent[row] ?? -1;
    }
    if (row >= 0 && metBy[row] === way) found.push(firstOfCircle(parent, row));
  }
  return found;
}

function firstOfCircle(parent: Int32Array, inside: number): number {
  let first = inside;
  for (let row = parent[inside] ?? inside; row !== inside; row = parent[row] ?? inside) first = Math.min(first, row);
  return first;
}
