/**
 * The newest part of a client's chain, as ChainPulse has seen it: which blocks are canonical, and what a new head changes. It does no
 * I/O and knows no chain: blocks are hashes and numbers, and numbers may have gaps (slots). From outside one never sees all branches, so the
 * tracker says what it does not know (`gap`, `replaced`) instead of guessing a depth.
 */
import { Contradiction } from "../client/contradiction.ts";

export interface ChainBlock {
  readonly hash: string;
  /** `null` where it is not known, and for the first block of all. */
  readonly parent: string | null;
  /** Number, height or slot; greater than the parent's. */
  readonly number: number;
}

/** What a new head has changed. */
export interface HeadChange<B extends ChainBlock> {
  /**
   * `first`: there was no head before. `same`: nothing has changed. `extended`: the new head is a descendant of the old one. `reorganised`: blocks
   * were taken back, down to `common`. `gap`: the new head is higher, and what lies between was not seen. `replaced`: nothing that is
   * remembered is an ancestor of the new head: a deeper reorganisation, or another chain.
   */
  readonly kind: "first" | "same" | "extended" | "reorganised" | "gap" | "replaced";
  readonly head: B;
  /** The head until now; `null` for the first. */
  readonly before: B | null;
  /** Canonical from now on, in order of the chain. */
  readonly adopted: readonly B[];
  /** Canonical until now, newest first. For `replaced` those that certainly are not any more: there may be more. */
  readonly orphaned: readonly B[];
  /** Newest block that both branches have; `null` where none is known. */
  readonly common: B | null;
}

export interface ChainTracker<B extends ChainBlock> {
  readonly head: B | null;
  /** Canonical blocks that are remembered, in order of the chain. */
  readonly canonical: readonly B[];
  /** A block that is remembered, whether canonical or orphaned. */
  block(hash: string): B | undefined;
  isCanonical(hash: string): boolean;
  /** More has become known of a block that is remembered. Its hash, parent and number are the same. */
  amend(block: B): void;
  /**
   * The last of `branch` is the head now. `branch`: one block or more, each the parent of the next; `readBranch` reads as many as are needed to
   * know what has changed. Throws `Contradiction` where they are no chain, or do not fit what is remembered; nothing has changed then.
   */
  follow(branch: readonly B[]): HeadChange<B>;
}

/** Remembers as many canonical blocks, and as many orphaned ones. */
export function trackChain<B extends ChainBlock>(blocksMax: number): ChainTracker<B> {
  let canonical: readonly B[] = [];
  const orphans = new Map<string, B>();
  const indexOf = (hash: string | null): number => canonical.findLastIndex((block) => block.hash === hash);

  /** `branch` without what is canonical already, and with the orphaned blocks that lead to it; and where it leaves the canonical chain, -1: nowhere. */
  const joined = (branch: readonly B[]): { readonly path: readonly B[]; readonly at: number } => {
    const shared = branch.findLastIndex(({ hash }) => indexOf(hash) !== -1);
    if (shared !== -1) return { path: branch.slice(shared + 1), at: indexOf(branch[shared]?.hash ?? null) };
    const path = [...branch];
    let parent = branch[0]?.parent ?? null;
    for (let orphan = orphans.get(parent ?? ""); orphan !== undefined; orphan = orphans.get(parent ?? "")) {
      path.unshift(orphan);
      parent = orphan.parent;
    }
    return { path, at: indexOf(parent) };
  };

  const remember = (blocks: readonly B[], orphaned: readonly B[]): void => {
    canonical = blocks.slice(-blocksMax);
    for (const { hash } of blocks) orphans.delete(hash);
    for (const block of orphaned) orphans.set(block.hash, block);
    for (const hash of orphans.keys()) {
      if (orphans.size <= blocksMax) break;
      orphans.delete(hash);
    }
  };

  return {
    get head() {
      return canonical.at(-1) ?? null;
    },
    get canonical() {
      return canonical;
    },
    block: (hash) => canonical[indexOf(hash)] ?? orphans.get(hash),
    isCanonical: (hash) => indexOf(hash) !== -1,
    amend(block) {
      const index = indexOf(block.hash);
      if (index !== -1) canonical = canonical.with(index, block);
      else if (orphans.has(block.hash)) orphans.set(block.hash, block);
    },
    follow(branch) {
      const head = branch.at(-1);
      if (head === undefined) throw new RangeError("a branch has at least one block");
      const before = canonical.at(-1) ?? null;
      const { path, at } = joined(branch);
      const common = canonical[at] ?? null;
      checkChain(common === null ? path : [common, ...path]);

      const lowest = path[0]?.number ?? 0;
      const kept = canonical.slice(0, at + 1);
      const left = common === null ? canonical.filter(({ number }) => number >= lowest) : canonical.slice(at + 1);
      const orphaned = left.toReversed();
      remember([...kept, ...path], orphaned);
      const kind = kindOf(before, common, path, lowest);
      return { kind, head: canonical.at(-1) ?? head, before, adopted: path, orphaned, common };
    },
  };
}

function kindOf<B extends ChainBlock>(
  before: B | null,
  common: B | null,
  path: readonly B[],
  lowest: number,
): HeadChange<B>["kind"] {
  if (before === null) return "first";
  if (common === null) return lowest > before.number ? "gap" : "replaced";
  if (common.hash !== before.hash) return "reorganised";
  return path.length === 0 ? "same" : "extended";
}

function checkChain(blocks: readonly ChainBlock[]): void {
  for (const [index, block] of blocks.entries()) {
    const parent = blocks[index - 1];
    if (parent === undefined) continue;
    if (block.parent !== parent.hash) throw new Contradiction(`block ${block.hash} is not a child of ${parent.hash}`);
    if (block.number <= parent.number) {
      throw new Contradiction(`block ${block.hash} has number ${block.number}, its parent ${parent.number}`);
    }
  }
}
