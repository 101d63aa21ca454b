/**
 * The rounds of consensus that a block goes through, as spans of its trace: proposed, attested, justified, final. The first two begin with the block's
 * slot, by the chain's own clock; the others when the client had the block. The block of the execution client inside it is traced as well, as far
 * as this client goes, so that both are found from either.
 */
import { flowAttributes as a, flowHash, flowSpans } from "../../../core/flow-names.ts";
import type { HeadChange } from "../blocks/chain-tracker.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { blockFlowOf, type SeenBlockFacts } from "../flow/block-flow.ts";
import { openFlowSpans } from "../flow/flow-spans.ts";
import { knownFacts } from "../flow/known-facts.ts";
import type { ChainFacts } from "./beacon-api.ts";
import type { Supported } from "./block-votes.ts";
import { epochStart, slotAt, slotStartMs } from "./chain-time.ts";
import type { BeaconBlock } from "./read-block.ts";

export interface RoundFlow {
  /** An event has told of the block just now. */
  told(root: string, slot: number): void;
  /** The head was looked at just now. */
  followed(change: HeadChange<BeaconBlock>): void;
  supported(supported: Supported): void;
  /** The checkpoint of that epoch is so, as was learned just now; it may have been so for `resolutionMs`. */
  checkpoint(kind: "justified" | "finalized", epoch: number, resolutionMs: number): void;
}

/** A canonical block that is not final. */
interface Round {
  readonly slot: number;
  readonly seenMs: number;
  isJustified: boolean;
}

/** Some 64 to 96 blocks are not final as a rule; where nothing becomes final, an hour and a half of them. */
const roundsMax = 512;
/** A block that comes later is not attested by those who are on time. Source: consensus-specs phase0/validator.md, INTERVALS_PER_SLOT. */
const intervalsPerSlot = 3;

export function openRoundFlow(context: ClientContext, chain: ChainFacts): RoundFlow {
  const { clock } = context;
  const spans = openFlowSpans(context);
  const blocks = blockFlowOf(context, spans, { chainId: () => chain.network });
  const payloads = blockFlowOf(context, spans, { chainId: () => chain.executionChain });
  const rounds = new Map<string, Round>();
  let lookedMs: number | null = null;

  const adopt = (block: BeaconBlock, nowMs: number, resolutionMs: number): void => {
    const { hash, number, execution } = block;
    const sight: SeenBlockFacts =
      block.firstSeenMs === null
        ? { hash, number, timeMs: nowMs, method: "poll", resolutionMs }
        : { hash, number, timeMs: block.firstSeenMs, method: "subscription", resolutionMs: 0 };
    blocks.seen(sight);
    const payload = execution === null ? null : flowHash(execution.hash);
    const facts = knownFacts({
      [a.blockParent]: block.parent,
      [a.blockProposer]: block.proposer,
      [a.executionHash]: execution?.hash,
      [a.executionNumber]: execution?.number,
    });
    const known = blocks.canonical({ ...sight, timeMs: nowMs, facts });
    if (known === null) return;
    if (execution !== null) {
      payloads.seen({ ...sight, ...execution });
      payloads.canonical({
        ...sight,
        ...execution,
        timeMs: nowMs,
        facts: knownFacts({ [a.beaconRoot]: hash, [a.blockTransactions]: block.transactions, [a.blockGasUsed]: block.gasUsed }),
      });
    }
    rounds.set(hash, { slot: number, seenMs: known.seenMs, isJustified: false });
    const [oldest] = rounds.keys();
    if (rounds.size > roundsMax && oldest !== undefined) rounds.delete(oldest);
    blocks.stage({
      hash,
      name: flowSpans.blockPropose,
      startMs: slotStartMs(chain, number),
      endMs: known.seenMs,
      attributes: { [a.deadlineMs]: chain.slotMs / intervalsPerSlot },
      links: payload === null ? [] : [spans.linkTo(payload)],
    });
  };

  return {
    told: (hash, number) => blocks.seen({ hash, number, timeMs: clock.nowMs(), method: "subscription", resolutionMs: 0 }),
    followed({ kind, adopted, orphaned }) {
      const nowMs = clock.nowMs();
      const resolutionMs = lookedMs === null ? context.chain.poll_interval_ms : nowMs - lookedMs;
      lookedMs = nowMs;
      for (const { hash, execution } of orphaned) {
        rounds.delete(hash);
        blocks.orphaned(hash, nowMs);
        if (execution !== null) payloads.orphaned(execution.hash, nowMs);
      }
      // Nobody saw the first head come, nor the blocks that a client reads up on.
      const firstSlot = slotAt(chain, nowMs) - chain.slotsPerEpoch;
      for (const block of adopted) {
        if (block.firstSeenMs !== null || (kind !== "first" && block.number >= firstSlot)) adopt(block, nowMs, resolutionMs);
      }
    },
    supported({ block, by, share }) {
      const teller = rounds.get(by.hash);
      if (teller === undefined) return;
      blocks.stage({
        hash: block.hash,
        name: flowSpans.blockAttest,
        startMs: slotStartMs(chain, block.number),
        endMs: teller.seenMs,
        attributes: { [a.attestedShare]: share, [a.toldBy]: by.hash },
      });
    },
    checkpoint(kind, epoch, resolutionMs) {
      const endMs = clock.nowMs();
      for (const [hash, round] of rounds) {
        if (round.slot > epochStart(chain, epoch) || (kind === "justified" && round.isJustified)) continue;
        blocks.stage({
          hash,
          name: kind === "justified" ? flowSpans.blockJustify : flowSpans.blockFinalize,
          startMs: round.seenMs,
          endMs,
          attributes: { [a.checkpointEpoch]: epoch, [a.resolutionMs]: resolutionMs },
        });
        if (kind === "justified") round.isJustified = true;
        else rounds.delete(hash);
      }
    },
  };
}
