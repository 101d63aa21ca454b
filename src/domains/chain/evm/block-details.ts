/** What takes more than a block to know: its receipts, what its transactions did with contracts, and traces of a share of the blocks. */
import { reportBlock, type SeenBlock } from "../blocks/block-report.ts";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { openBlockTracer } from "../contracts/block-tracer.ts";
import { openContractCounters } from "../contracts/contract-counters.ts";
import { contractUses } from "../contracts/contract-use.ts";
import { reportUses } from "../contracts/report-uses.ts";
import type { Chain } from "./chain.ts";
import type { Adopted } from "./head.ts";
import type { EvmFlow, TellCanonical } from "./evm-flow.ts";
import { openReceipts } from "./receipts.ts";
import { withReceipts } from "./seen-block.ts";

export interface BlockDetails {
  /** Reads and tells them, block by block; each block's receipts to `onReceipts`, too. Never rejects for what the client does. */
  read(adopted: Adopted, onReceipts: TellCanonical): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function openBlockDetails(
  context: ClientContext,
  ask: Ask,
  chain: Chain,
  flow: Pick<EvmFlow, "replayed">,
): BlockDetails {
  const receipts = openReceipts(context, ask);
  const contracts = openContractCounters(context);
  const tracer = openBlockTracer(context, ask, flow.replayed);
  return {
    async read({ change, transactions }, onReceipts) {
      const { tracker } = chain.head.follower;
      for (const block of change.adopted) {
        const own = transactions.get(block.hash);
        // A block that was canonical before, and is again, has been told.
        const its = own === undefined ? null : await receipts.of(block);
        onReceipts(block, its);
        if (own === undefined || its === null) continue;
        const known = withReceipts(block, its);
        tracker.amend(known);
        reportBlock(context, known, "canonical");
        if (change.kind === "first") continue;
        const uses = contractUses(own, its);
        reportUses(contracts, uses);
        tracer.offer(block.hash, uses, isFresh(block, tracker.canonical, context.clock.nowMs()));
      }
    },
    idle: () => tracer.idle(),
  };
}

/** Blocks whose times make the usual interval. */
const intervalsLooked = 16;
/** A client whose newest block is older has something the matter, or is catching up. */
const intervalsMax = 2;

function isFresh({ timestampMs }: SeenBlock, canonical: readonly SeenBlock[], nowMs: number): boolean {
  const recent = canonical.slice(-intervalsLooked - 1);
  const [first] = recent;
  const last = recent.at(-1);
  if (first === undefined || last === undefined || recent.length < 2) return false;
  const intervalMs = (last.timestampMs - first.timestampMs) / (recent.length - 1);
  return nowMs - timestampMs <= intervalsMax * intervalMs;
}
