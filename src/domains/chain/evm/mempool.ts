/** How many transactions wait, by the client's own count. What becomes of each is told in `pool-churn.ts`. */
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { ownSeries } from "../client/own-series.ts";
import type { Part } from "../client/part.ts";
import { mempoolMetrics } from "../mempool/metrics.ts";
import { poolStatusShape } from "./shapes.ts";

const fix = "Let ChainPulse use the method, e.g. geth --http.api eth,net,web3,txpool.";

export function poolPart(context: ClientContext, ask: Ask): Part {
  const { own, clear } = ownSeries(context);
  const pending = own.series(mempoolMetrics.transactions, { "mempool.state": "pending" });
  const queued = own.series(mempoolMetrics.transactions, { "mempool.state": "queued" });
  return {
    name: "mempool",
    intervalMs: context.chain.poll_interval_ms,
    metrics: [mempoolMetrics.transactions],
    fix,
    async read() {
      const status = await ask.rpc("txpool_status", [], poolStatusShape);
      pending.set(status.pending);
      queued.set(status.queued);
    },
    clear,
  };
}
