/** Health of waiting transactions. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { select } from "../../../core/promql-text.ts";
import { mempoolFullness } from "../expressions/mempool.ts";
import { mempoolMetrics as m } from "../mempool/metrics.ts";
import { client } from "./client-name.ts";

const minuteMs = 60_000;

export const mempoolChecks: readonly CheckDeclaration[] = [
  {
    id: "chain.mempool_room",
    title: "Mempool has room",
    help: "At its limit a pool throws out what pays least, users' transactions among it. Limit (ChainPulse's own): 80 %.",
    expr: mempoolFullness,
    direction: "above",
    warning: 0.8,
    forMs: minuteMs,
    unit: "ratio",
    message: `The mempool of ${client} is {{$value}} full since {{$since}}.`,
    ok: `The mempool of ${client} is {{$value}} full.`,
    action: "Raise the client's limit where it serves users; see whether blocks come and take transactions.",
    metrics: [m.transactions.name, m.limit.name, m.size.name, m.sizeLimit.name],
  },
  {
    id: "chain.mempool_unbroadcast",
    title: "Own transactions get out",
    help: "Transactions of this node's users that no peer has asked for. Bitcoin Core offers them again every 10 to 15 minutes (net_processing.cpp, ReattemptInitialBroadcast): after 20 nobody wants them.",
    expr: select(m.unbroadcast),
    direction: "above",
    warning: 0,
    forMs: 20 * minuteMs,
    intervalMs: 30_000,
    unit: "count",
    message: `No peer has fetched {{$value}} transactions of ${client}'s own users since {{$since}}.`,
    ok: `{{$value}} transactions of ${client}'s own users wait for a peer.`,
    action: "See its peers; a fee below theirs (feefilter) keeps a transaction at home.",
    metrics: [m.unbroadcast.name],
  },
];
