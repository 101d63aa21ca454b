/**
 * Questions that are about one transaction or block carry the id of its trace: what a client tells of answering them by OpenTelemetry is then found
 * beside what ChainPulse tells. Geth takes it from the header (rpc/http.go); clients that do not know it pass over it.
 */
import type { Ask } from "../client/ask.ts";
import type { TransactionFlow } from "../flow/transaction-flow.ts";

/** Methods whose first parameter is a hash, and of what. */
const about: Readonly<Record<string, "block" | "transaction">> = {
  eth_getBlockByHash: "block",
  eth_getBlockReceipts: "block",
  debug_traceBlockByHash: "block",
  eth_getTransactionByHash: "transaction",
  debug_traceTransaction: "transaction",
};

export function traceQuestions(ask: Ask, flow: Pick<TransactionFlow, "traceparent" | "blockTraceparent">): Ask {
  const traceparentOf = (method: string, hash: unknown): string | undefined => {
    if (typeof hash !== "string") return undefined;
    if (about[method] === "block") return flow.blockTraceparent(hash);
    return about[method] === "transaction" ? flow.traceparent(hash) : undefined;
  };
  return {
    ...ask,
    rpc: (method, params, schema, options) =>
      ask.rpc(method, params, schema, { ...options, traceparent: traceparentOf(method, params[0]) }),
  };
}
