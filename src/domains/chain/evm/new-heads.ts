/** New heads as a subscription tells them: they have the head looked at at once, and say when a block was seen. */
import type { Subscription } from "../../../io/json-rpc-subscriptions.ts";
import type { ClientContext } from "../client/client-kind.ts";
import type { Wake } from "../client/wake.ts";
import type { Chain } from "./chain.ts";
import { newHeadShape } from "./shapes.ts";

export interface NewHeads extends Subscription {
  /** Whether the head is one that should have been told of by now. Then the subscription is dead, whatever the connection says. */
  isSilent(): boolean;
}

/** So long a subscription may be later than an answer to a question. */
const lateMsMax = 5000;

/** `onBlock`: it has told of this block just now. */
export function newHeadsSubscription(
  { clock }: ClientContext,
  chain: Chain,
  wake: Wake,
  onBlock: (hash: string, number: number) => void,
): NewHeads {
  let isLive = false;
  // The head at that time was there before, and is not told of.
  let headAtStart: string | null = null;
  let untoldMs: number | null = null;
  return {
    method: "eth_subscribe",
    params: [["newHeads"]],
    onLive() {
      isLive = true;
      headAtStart = chain.tracker.head?.hash ?? null;
      untoldMs = null;
      wake.call();
    },
    onNotice(result) {
      const head = newHeadShape.safeParse(result);
      if (head.success) {
        chain.head.told(head.data.hash);
        chain.seen("block", head.data.hash);
        onBlock(head.data.hash, head.data.number);
      }
      wake.call();
    },
    onLost() {
      isLive = false;
      // The client may have ended, and what comes back may be another one.
      chain.doubt();
      wake.call();
    },
    isSilent() {
      const hash = chain.tracker.head?.hash ?? null;
      const nowMs = clock.monotonicMs();
      if (!isLive || hash === headAtStart || hash === null || chain.head.wasTold(hash)) untoldMs = null;
      else untoldMs ??= nowMs;
      return untoldMs !== null && nowMs - untoldMs > lateMsMax;
    },
  };
}
