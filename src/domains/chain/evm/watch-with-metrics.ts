/**
 * Which source has the last word where a client tells the same by JSON-RPC and by its own metrics: two that write one series would make it waver, and their
 * counters do not begin together.
 */
import { blockMetrics as b } from "../blocks/metrics.ts";
import type { ClientContext } from "../client/client-kind.ts";
import type { Metric } from "../../../core/metric.ts";
import type { Dialect } from "../mapping/dialect.ts";
import { watchMetrics } from "../mapping/watch-metrics.ts";
import { mempoolMetrics as m } from "../mempool/metrics.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { watchEvm } from "./watch-evm.ts";

/** Read block by block and at once: the chain is JSON-RPC's. So is who comes and goes: metrics tell of those that come alone. */
const ofRpc: readonly Metric[] = [b.number, b.network, b.lag, b.reorgs, b.orphaned, b.reorgDepth, b.baseFee, p.changes];
/**
 * A subscription, or without a WebSocket a filter, tells of each transaction, and how long it waits. The client's own counters have no word even where
 * it offers neither: theirs are totals since its process began, and each change of the source would look like a reset of millions.
 */
const ofSubscription: readonly Metric[] = [m.added, m.removed];
/** JSON-RPC has it only where the modules `txpool` and `admin` are let out; metrics always do. */
const ofMetrics: readonly Metric[] = [m.transactions, p.count];

/** Watches by whatever addresses there are. Resolves with the context's signal. */
export async function watchWithMetrics(context: ClientContext, dialect: Dialect): Promise<void> {
  const { rpc, metrics } = context.target;
  if (rpc === null) return watchMetrics(context, dialect, { alone: true });
  if (metrics === null) return watchEvm(context);
  await Promise.all([
    watchEvm(context, { except: ofMetrics }),
    watchMetrics(context, dialect, { except: [...ofRpc, ...ofSubscription] }),
  ]);
}
