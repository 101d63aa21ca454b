/** The client's WebSocket, where it has one. Without one its head is polled, and its pool's filter asked. */
import { type JsonRpcSocket, openJsonRpcSocket } from "../../../io/json-rpc-socket.ts";
import type { Subscription } from "../../../io/json-rpc-subscriptions.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { mempoolMetrics } from "../mempool/metrics.ts";

export interface ClientSocket extends Pick<JsonRpcSocket, "renew" | "ended"> {
  /** Says so where notifications were dropped since it was called last. */
  tellDropped(): void;
}

const what = "notifications";
/** Known from notifications alone. */
const metrics = [mempoolMetrics.added, mempoolMetrics.removed, mempoolMetrics.waitTime, blockMetrics.arrival];

export function subscribe(context: ClientContext, subscriptions: readonly Subscription[]): ClientSocket | null {
  const { target, signal } = context;
  if (target.rpc === null || target.ws === null) return null;
  const socket = openJsonRpcSocket({ endpoint: { ...target.rpc, url: target.ws }, subscriptions, signal });
  let toldCount = 0;
  return {
    renew: (why) => socket.renew(why),
    ended: socket.ended,
    tellDropped() {
      const count = socket.dropped() - toldCount;
      toldCount += count;
      if (count === 0) return context.present(what);
      const detail = `${count} notifications since the last look came faster than they were read`;
      context.absent(what, metrics, { reason: "limit_reached", detail });
    },
  };
}
