/** The chain of one Substrate node: its head with its block, and what is finalised. */
import { followHeads } from "../blocks/head-follower.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { type SeenBlock, unknownOfBlock } from "../blocks/block-report.ts";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { Contradiction } from "../client/contradiction.ts";
import { blockAnswer, hashAnswer, headerAnswer } from "./answers.ts";
import type { ExtrinsicFlow } from "./extrinsic-flow.ts";
import { blockTimeMs, isTransaction } from "./read-extrinsics.ts";

export interface SubstrateChain {
  /** Looks at the head, and tells what has changed. Rejects with `AskFailure` and `Contradiction`. */
  look(): Promise<void>;
  /** Tells it by the series of `own`. Rejects as `look`. */
  lookAtFinality(own: ClientContext): Promise<void>;
  /** Number of the head; `null` before the first look. */
  readonly number: number | null;
}

export function openSubstrateChain(context: ClientContext, ask: Ask, flow: ExtrinsicFlow): SubstrateChain {
  let number: number | null = null;

  const read = async (hash: string): Promise<{ readonly number: number; readonly block: SeenBlock | null } | null> => {
    const answer = await ask.rpc("chain_getBlock", [hash], blockAnswer.nullable());
    if (answer === null) return null;
    const { header, extrinsics } = answer.block;
    await flow.read(hash, extrinsics);
    const timestampMs = blockTimeMs(extrinsics);
    if (timestampMs === null) return { number: header.number, block: null };
    const transactions = extrinsics.filter(isTransaction).length;
    const block = { ...unknownOfBlock, hash, parent: header.parentHash, number: header.number, timestampMs, transactions };
    return { number: header.number, block };
  };
  const follower = followHeads<SeenBlock>(context, { read: async (hash) => (await read(hash))?.block ?? null });

  return {
    async look() {
      const hash = await ask.rpc("chain_getBlockHash", [], hashAnswer);
      const known = follower.tracker.head;
      if (known?.hash === hash) return flow.followed(await follower.follow(known));
      const firstSeenMs = known === null ? null : context.clock.nowMs();
      const head = await read(hash);
      if (head === null) throw new Contradiction(`it does not have its own best block ${hash}`);
      ({ number } = head);
      if (head.block !== null) {
        context.present(timeless);
        flow.followed(await follower.follow({ ...head.block, firstSeenMs }));
        return;
      }
      // Without a time nothing can be told of its blocks but how many there are.
      context.series(blockMetrics.number, { "block.tag": "head" }).set(number);
      const detail = `block ${hash} has no inherent that sets the time`;
      context.absent(timeless, ofTimes, { reason: "not_present", detail });
    },
    async lookAtFinality(own) {
      const hash = await ask.rpc("chain_getFinalizedHead", [], hashAnswer);
      const header = await ask.rpc("chain_getHeader", [hash], headerAnswer.nullable());
      if (header === null) throw new Contradiction(`it does not have its own finalised block ${hash}`);
      own.series(blockMetrics.number, { "block.tag": "finalized" }).set(header.number);
      flow.finalised(header.number);
      if (number === null) return;
      own.series(blockMetrics.finalityDistance, {}).set(Math.max(0, number - header.number));
    },
    get number() {
      return number;
    },
  };
}

const timeless = "block time";
const ofTimes = [blockMetrics.headTime, blockMetrics.headAge, blockMetrics.interval, blockMetrics.arrival, blockMetrics.blocks];
