/** Watches one EVM client by its JSON-RPC: what is asked of it, how often, and what happens when it does not answer. */
import type { Metric } from "../../../core/metric.ts";
import { openAsk } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { openGate } from "../client/gate.ts";
import { watchPart } from "../client/part.ts";
import { openWake } from "../client/wake.ts";
import { watchHead } from "../client/watch-head.ts";
import { withoutMetrics } from "../client/without-metrics.ts";
import { openBlockDetails } from "./block-details.ts";
import { openChain } from "./chain.ts";
import { finalityPart, syncPart } from "./chain-state.ts";
import { feesPart } from "./fees.ts";
import { openPoolChurn, poolPart } from "./mempool.ts";
import { newHeadsSubscription } from "./new-heads.ts";
import { peerParts } from "./peers.ts";
import { subscribe } from "./subscribe.ts";

export interface WatchEvmOptions {
  /** Told by the client's own metrics: what is asked for these alone is not asked. */
  readonly except?: readonly Metric[];
}

/** Needs `rpc`, and uses `ws` where there is one. Resolves with the context's signal. Throws where a PEM file cannot be read. */
export async function watchEvm(context: ClientContext, { except = [] }: WatchEvmOptions = {}): Promise<void> {
  const ask = openAsk(context);
  const gate = openGate(context.signal);
  const wake = openWake();
  const churn = openPoolChurn(context, ask, (hash) => chain.seen("transaction", hash));
  const chain = openChain(context, ask, churn.forget);
  const sync = syncPart(context, ask, chain);
  const details = openBlockDetails(context, ask, chain);
  const newHeads = newHeadsSubscription(context, chain, wake);
  const socket = subscribe(context, [newHeads, churn.subscription]);

  const look = async (answered: () => void): Promise<void> => {
    const adopted = await chain.look();
    answered();
    socket?.tellDropped();
    if (newHeads.isSilent()) socket?.renew("the head moved, and newHeads did not tell");
    if (adopted === null) return;
    sync.headIs(adopted.change.head.number);
    churn.adopted(adopted);
    // A client that catches up has better things to do.
    if (!sync.isSyncing()) await details.read(adopted);
  };
  const parts = [
    sync,
    finalityPart(context, ask, chain),
    poolPart(context, ask),
    churn.part,
    feesPart(context, ask),
    ...peerParts(withoutMetrics(context, except), ask),
  ];
  await Promise.all([
    watchHead(context, { ask, gate, wake, chances, onAway: () => chain.doubt(), look }),
    ...parts
      .filter(({ metrics }) => !metrics.every((metric) => except.includes(metric)))
      .map((part) => watchPart(context, gate, part)),
    socket?.ended,
  ]);
  await details.idle();
  ask.close();
}

/** A client that answers something, though nothing useful, is given so many chances. */
const chances = 3;
