/** From a new head back to what is remembered: the blocks that one must have seen to say what the head has changed. */
import { Contradiction } from "../client/contradiction.ts";
import type { ChainBlock, ChainTracker } from "./chain-tracker.ts";

/**
 * The head's ancestors down to the child of a remembered block, in order, the head last. At most `blocksMax`: where it is further than that, and
 * where an ancestor is not to be had (`read` gives `null`), the branch begins where it was left, and `follow` says `gap` or `replaced`. A head
 * that is further ahead than `blocksMax` (a client that catches up) costs no question at all. Where nothing is remembered yet, `historyMax` ancestors are
 * read. Rejects as `read` does, and with `Contradiction`.
 */
export async function readBranch<B extends ChainBlock>(
  tracker: ChainTracker<B>,
  head: B,
  blocksMax: number,
  read: (hash: string) => Promise<B | null>,
  historyMax = 0,
): Promise<readonly B[]> {
  const known = tracker.head;
  const branch = [head];
  if (known !== null && head.number - known.number > blocksMax) return branch;
  const lengthMax = known === null ? historyMax + 1 : blocksMax;
  for (let first = head; branch.length < lengthMax;) {
    if (first.parent === null || tracker.block(first.hash) !== undefined || tracker.block(first.parent) !== undefined) break;
    const parent = await read(first.parent);
    if (parent === null) break;
    if (parent.hash !== first.parent) throw new Contradiction(`asked for block ${first.parent}, and got ${parent.hash}`);
    branch.unshift(parent);
    first = parent;
  }
  return branch;
}
