/** The head of a beacon chain, as the client has it: events say at once that there is a new block, and asking says what is true. */
import { unknownOfBlock } from "../blocks/block-report.ts";
import { followHeads } from "../blocks/head-follower.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { openPropagation } from "../blocks/propagation.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { Contradiction } from "../client/contradiction.ts";
import type { BeaconApi, ChainFacts, Header } from "./beacon-api.ts";
import { slotAt, slotStartMs } from "./chain-time.ts";
import type { BeaconBlock } from "./read-block.ts";
import type { RoundFlow } from "./round-flow.ts";

export interface HeadWatch {
  /** What the last look has found, with all that duties are judged by. */
  readonly head: BeaconBlock | null;
  /** An event has told of this block. */
  seen(root: string, slot: number): void;
  /** Asks for the head and tells what has changed. Rejects with `AskFailure`, and with `Contradiction`. */
  look(): Promise<void>;
}

/** Blocks whose first sight is remembered until the head has come to them. */
const seenMax = 128;

export function openHeadWatch(
  context: ClientContext,
  chain: ChainFacts,
  api: Pick<BeaconApi, "head">,
  readBlock: (root: string) => Promise<BeaconBlock | null>,
  rounds: Pick<RoundFlow, "told" | "followed">,
): HeadWatch {
  const { clock } = context;
  const propagation = openPropagation(context, chain.genesisRoot);
  const firstSeen = new Map<string, number>();
  /** What is told of a block. Attestations are left out: hundreds of blocks are remembered here, and nobody asks for theirs. */
  const seenBlock = (block: BeaconBlock): BeaconBlock => ({
    ...block,
    firstSeenMs: firstSeen.get(block.hash) ?? null,
    attestations: [],
    syncBits: null,
  });
  const read = async (root: string): Promise<BeaconBlock | null> => {
    const block = await readBlock(root);
    return block === null ? null : seenBlock(block);
  };
  const follower = followHeads(context, { read });
  let head: BeaconBlock | null = null;

  return {
    get head() {
      return head;
    },
    seen(root, slot) {
      const nowMs = clock.nowMs();
      // A client that catches up tells of old blocks, too: when it got them is no arrival.
      if (firstSeen.has(root) || slot < slotAt(chain, nowMs) - chain.slotsPerEpoch) return;
      firstSeen.set(root, nowMs);
      propagation.seen("block", root);
      rounds.told(root, slot);
      const [oldest] = firstSeen.keys();
      if (firstSeen.size > seenMax && oldest !== undefined) firstSeen.delete(oldest);
    },
    async look() {
      const header = await api.head();
      const block = (await readBlock(header.root)) ?? bareBlock(chain, header);
      if (block.number !== header.slot) {
        throw new Contradiction(`block ${header.root} has slot ${header.slot}, and ${block.number}`);
      }
      rounds.followed(await follower.follow(seenBlock(block)));
      head = block;
      propagation.head(block.number);
      const now = slotAt(chain, clock.nowMs());
      context.series(blockMetrics.network, {}).set(Math.max(now, block.number));
      context.series(blockMetrics.lag, {}).set(Math.max(0, now - block.number));
    },
  };
}

/** The block of genesis is not to be had, nor the one that a client was given to begin with: there is a header only. */
function bareBlock(chain: ChainFacts, { root, parent, slot, proposer }: Header): BeaconBlock {
  return {
    ...unknownOfBlock,
    hash: root,
    parent,
    number: slot,
    timestampMs: slotStartMs(chain, slot),
    proposer,
    attestations: [],
    syncBits: null,
    execution: null,
  };
}
