/**
 * Hops whose sources cannot be told apart by time. Two places that are nearer to each other than their clocks are wrong come first in turn, so that
 * what a third one has from one of them is told half of the time as a hop from the other: each of the two is then as slow as the other, and
 * neither is the slowest. They are one link, from one source or the other.
 */

/** Hops from one source to one target, with as many as there were. */
export interface LinkRow {
  readonly sourceKey: string;
  readonly targetKey: string;
  readonly n: number;
  /** Of how many of them another place may as well have been the source, by its key. */
  readonly others: ReadonlyMap<string, number>;
}

/** Rows of one link each, the one with the most hops first: its source is the one to assume. Links are in the order of their first rows. */
export function linksOf<T extends LinkRow>(rows: readonly T[]): readonly (readonly [T, ...T[]])[] {
  const links: [T, ...T[]][] = [];
  const sorted = rows.toSorted((a, b) => b.n - a.n);
  for (const [targetKey, own] of Map.groupBy(sorted, (row) => row.targetKey)) {
    const left = new Set(own);
    for (const first of own) {
      if (!left.delete(first)) continue;
      const link: [T, ...T[]] = [first];
      // What joins may bring others with it, which are looked at in their turn.
      for (const member of link) {
        for (const other of left) {
          if (other.targetKey !== targetKey || !areAlike(member, other)) continue;
          left.delete(other);
          link.push(other);
        }
      }
      links.push(link);
    }
  }
  return links;
}

/** Of at least half of the hops of one of them nobody can say whether they came from the other's source. */
function areAlike(one: LinkRow, other: LinkRow): boolean {
  return isOftenFrom(one, other.sourceKey) || isOftenFrom(other, one.sourceKey);
}

function isOftenFrom({ n, others }: LinkRow, sourceKey: string): boolean {
  return (others.get(sourceKey) ?? 0) * 2 >= n;
}
