/** Blocks by root: two parts of the family need the same ones, and a block never changes. */
import type { BeaconBlock } from "./read-block.ts";

/** What was asked for last is kept, `blocksMax` of it; a question that is under way is not asked twice. `null` and failures are not kept. */
export function cacheBlocks(
  blocksMax: number,
  read: (root: string) => Promise<BeaconBlock | null>,
): (root: string) => Promise<BeaconBlock | null> {
  const blocks = new Map<string, Promise<BeaconBlock | null>>();
  const ask = async (root: string): Promise<BeaconBlock | null> => {
    let block: BeaconBlock | null = null;
    try {
      block = await read(root);
      return block;
    } finally {
      if (block === null) blocks.delete(root);
    }
  };
  return (root) => {
    const known = blocks.get(root) ?? ask(root);
    blocks.delete(root);
    blocks.set(root, known);
    for (const oldest of blocks.keys()) {
      if (blocks.size <= blocksMax) break;
      blocks.delete(oldest);
    }
    return known;
  };
}
