/** PromQL about waiting transactions. */
import { select } from "../../../core/promql-text.ts";
import { mempoolMetrics as m } from "../mempool/metrics.ts";
import { perClient, withBlocks } from "./client.ts";

export const waitingTransactions = perClient("sum", select(m.transactions));

/** How full the pool is: by bytes where the client limits those, else by number. */
export const mempoolFullness = `(${perClient("max", select(m.size))} / (${perClient("max", select(m.sizeLimit))} > 0) or ${waitingTransactions} / (${perClient("max", select(m.limit))} > 0))`;

/** Mean time from first seeing a transaction to its block. */
export const waitTime = `${perClient("sum", withBlocks(m.waitTime))} / (${perClient("sum", withBlocks(m.removed, { "removal.reason": "included" }))} > 0)`;
