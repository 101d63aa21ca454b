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
import { openEvmFlow } from "./evm-flow.ts";
import { feesPart } from "./fees.ts";
import { poolPart } from "./mempool.ts";
import { newHeadsSubscription } from "./new-heads.ts";
import { peerParts } from "./peers.ts";
import { openPoolChurn } from "./pool-churn.ts";
import { poolContentPart } from "./pool-content.ts";
import { subscribe } from "./subscribe.ts";
import { traceQuestions } from "./traced-ask.ts";

export interface WatchEvmOptions {
  /** Told by the client's own metrics: what is asked for these alone is not asked. */
  readonly except?: readonly Metric[];
}

/** Needs `rpc`, and uses `ws` where there is one. Resolves with the context's signal. Throws where a PEM file cannot be read. */
export async function watchEvm(context: ClientContext, { except = [] }: WatchEvmOptions = {}): Promise<void> {
  const flow = openEvmFlow(context, () => chain.network);
  await flow.resume();
  const ask = traceQuestions(openAsk(context), flow);
  const gate = openGate(context.signal);
  const wake = openWake();
  const churn = openPoolChurn(context, ask, {
    ...flow,
    seen(pending, method, resolutionMs) {
      chain.seen("transaction", pending.hash);
      flow.seen(pending, method, resolutionMs);
    },
  });
  const chain = openChain(context, ask, churn.forget);
  const sync = syncPart(context, ask, chain);
  const details = openBlockDetails(context, ask, chain, flow);
  const newHeads = newHeadsSubscription(context, chain, wake, flow.blockTold);
  const socket = subscribe(context, [newHeads, churn.subscription]);

  const look = async (answered: () => void): Promise<void> => {
    const adopted = await chain.look();
    answered();
    socket?.tellDropped();
    if (newHeads.isSilent()) socket?.renew("the head moved, and newHeads did not tell");
    if (adopted === null) return;
    sync.headIs(adopted.change.head.number);
    churn.adopted(adopted);
    const tellCanonical = flow.adopted(adopted, sync.isSyncing());
    // A client that catches up has better things to do.
    if (!sync.isSyncing()) await details.read(adopted, tellCanonical);
    else for (const block of adopted.change.adopted) tellCanonical(block, null);
  };
  const onAway = (): void => {
    chain.doubt();
    // It may come back with blocks to catch up with: its word from before is not taken for its first head.
    sync.clear();
  };
  const parts = [
    sync,
    finalityPart(context, ask, chain, flow.finalised),
    poolPart(context, ask),
    churn.part,
    feesPart(context, ask),
    ...peerParts(withoutMetrics(context, except), ask),
  ];
  const content = poolContentPart(context, ask, churn.compare);
  await Promise.all([
    watchHead(context, { ask, gate, wake, chances, onAway, look }),
    ...parts
      .filter(({ metrics }) => !metrics.every((metric) => except.includes(metric)))
      .map((part) => watchPart(context, gate, part)),
    ...(context.chain.tracing.enabled ? [content, churn.unsurePart].map((part) => watchPart(context, gate, part)) : []),
    socket?.ended,
  ]);
  await details.idle();
  ask.close();
}

/** A client that answers something, though nothing useful, is given so many chances. */
const chances = 3;
