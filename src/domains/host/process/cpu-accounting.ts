/**
 * CPU time of processes that came and went between two looks. The kernel adds an ended process's time to its parent's
 * `cutime`/`cstime` when the parent waits for it; what had been seen of it before is subtracted, or it would count twice.
 */

export interface Accounted {
  readonly pid: number;
  readonly parentPid: number;
  /** CPU time that has been accounted for this process and, through it, for its ended children. */
  readonly ownTicks: number;
  readonly childrenTicks: number;
  /** Increase of `childrenTicks` since the previous look. */
  readonly childrenDelta: number;
}

/**
 * Ticks per living process that its ended descendants used and that no look has seen.
 *
 *     unseen(p) = Δchildren(p) − Σ seen(c)   over the ended children c of p
 *     seen(c)   = own(c) + children(c) + Σ seen(d)   over the ended children d of c
 *
 * Never negative: a parent that ignores SIGCHLD gets nothing from its children, so nothing can be taken back from it.
 */
export function unseenChildTicks<P extends Accounted>(living: Iterable<P>, ended: readonly Accounted[]): Map<P, number> {
  const endedByParent = Map.groupBy(ended, (process) => process.parentPid);
  const seen = (pid: number): number => {
    const children = endedByParent.get(pid) ?? [];
    // A number that was given anew could make a circle: each parent's children are taken once.
    endedByParent.delete(pid);
    let ticks = 0;
    for (const child of children) ticks += child.ownTicks + child.childrenTicks + seen(child.pid);
    return ticks;
  };
  const unseen = new Map<P, number>();
  for (const process of living) {
    if (process.childrenDelta <= 0) continue;
    const ticks = process.childrenDelta - seen(process.pid);
    if (ticks > 0) unseen.set(process, ticks);
  }
  return unseen;
}
