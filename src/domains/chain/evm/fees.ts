/** What transactions of the last blocks paid to be taken: the priority fee, by share of gas. */
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { feeQuantiles, mempoolMetrics } from "../mempool/metrics.ts";
import { ownSeries } from "../client/own-series.ts";
import type { Part } from "../client/part.ts";
import { feeHistoryShape } from "./shapes.ts";

/** A minute of Ethereum. */
const blocksLooked = 5;
const weiPerGwei = 1e9;

export function feesPart(context: ClientContext, ask: Ask): Part {
  const { own, clear } = ownSeries(context);
  const series = feeQuantiles.map((quantile) => own.series(mempoolMetrics.gasPrice, { quantile }));
  const percentiles = feeQuantiles.map((quantile) => Number(quantile) * 100);
  return {
    name: "fees",
    intervalMs: 5 * context.chain.poll_interval_ms,
    metrics: [mempoolMetrics.gasPrice],
    async read() {
      const params = [`0x${blocksLooked.toString(16)}`, "latest", percentiles];
      const { reward, gasUsedRatio } = await ask.rpc("eth_feeHistory", params, feeHistoryShape);
      // An empty block's fees are told as 0, which nobody paid.
      const paid = (reward ?? []).filter((_, index) => (gasUsedRatio[index] ?? 0) > 0);
      for (const [index, one] of series.entries()) {
        const fee = middleOf(paid.flatMap((fees) => fees[index] ?? []));
        if (fee === null) one.clear();
        else one.set(Number(fee) / weiPerGwei);
      }
    },
    clear,
  };
}

/** The middle one; of an even number the lower of the two, so that it is a fee that was paid. */
function middleOf(values: readonly bigint[]): bigint | null {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
