/**
 * The chain that a client is on: its identity, its head, and what of it other clients here see too. A program that was started anew can be on another
 * chain with the same id (every new test chain is), so block 0 tells them apart.
 */
import { type Propagation, openPropagation } from "../blocks/propagation.ts";
import { blockMetrics, type PropagationKind } from "../blocks/metrics.ts";
import type { SeenBlock } from "../blocks/block-report.ts";
import type { ChainTracker } from "../blocks/chain-tracker.ts";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { clientEvent } from "../events.ts";
import { type Adopted, type Head, openHead } from "./head.ts";
import { identify } from "./identity.ts";

export interface Chain {
  /** Asks for the head, and follows it; for who the client is first, where that is in doubt. Rejects as `Head.look` does. */
  look(): Promise<Adopted | null>;
  readonly head: Head;
  /** What is remembered of the chain. */
  readonly tracker: ChainTracker<SeenBlock>;
  /** The chain's id, decimal; `null`: not asked yet. */
  readonly network: string | null;
  /** The client has told of it as news. */
  seen(kind: PropagationKind, hash: string): void;
  /** The client may be another one from now on. */
  doubt(): void;
}

/** `onNew`: the client is on another chain than before. */
export function openChain(context: ClientContext, ask: Ask, onNew: () => void): Chain {
  let genesis: string | null = null;
  let network: string | null = null;
  let propagation: Propagation | null = null;
  let isDoubtful = true;

  const begin = (): Head => openHead(context, ask, isSame);
  const isSame = async (): Promise<boolean> => {
    const before = genesis;
    const now = await identify(context, ask);
    ({ network } = now);
    genesis = now.genesis ?? before;
    isDoubtful = false;
    if (genesis !== null && genesis !== before) propagation = openPropagation(context, genesis);
    if (before === null || genesis === before) return true;
    tellNew(context, before, genesis);
    head = begin();
    onNew();
    return false;
  };
  let head = begin();

  return {
    get head() {
      return head;
    },
    get tracker() {
      return head.follower.tracker;
    },
    get network() {
      return network;
    },
    async look() {
      if (isDoubtful) await isSame();
      const adopted = await head.look();
      if (adopted === null) return null;
      const { change } = adopted;
      if (change.kind !== "first" && change.kind !== "same") propagation?.seen("block", change.head.hash);
      propagation?.head(change.head.number);
      tellSkipped(context, adopted);
      return adopted;
    },
    seen: (kind, hash) => propagation?.seen(kind, hash),
    doubt() {
      isDoubtful = true;
    },
  };
}

function tellNew(context: ClientContext, before: string, now: string | null): void {
  const nowMs = context.clock.nowMs();
  const detail = `another chain: block 0 is ${now}, and was ${before}`;
  context.emit(clientEvent.kind, `restarted-${nowMs}`, nowMs, { what: "restarted", detail });
  context.annotate(`${context.target.name}: another chain`);
}

const countedMetrics = [blockMetrics.blocks, blockMetrics.transactions, blockMetrics.gasUsed];

/** Counters do not have what was not read, and say so until the head goes on block by block. */
function tellSkipped(context: ClientContext, { change: { kind, head, before } }: Adopted): void {
  if (kind === "extended" || kind === "reorganised") context.present("skipped blocks");
  if (kind !== "gap" || before === null) return;
  const skipped = head.number - before.number - 1;
  const detail = `${skipped} blocks after ${before.number} were not read: more than 64 came at once, or the client did not have them`;
  context.absent("skipped blocks", countedMetrics, { reason: "limit_reached", detail });
}
