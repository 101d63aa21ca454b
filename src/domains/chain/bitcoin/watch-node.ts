/** What is asked of a client of the Bitcoin Core family now and then: who it is, since when it runs, its indexes, its RPC, its estimates, branches. */
import { cleanText } from "../../../core/clean-text.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { clientMetrics } from "../client/metrics.ts";
import { openToldPortCheck } from "../client/p2p-port.ts";
import { databaseMetrics } from "../database/metrics.ts";
import { feeTargets, mempoolMetrics } from "../mempool/metrics.ts";
import { programOf } from "../peers/peer-facts.ts";
import {
  chainTipsAnswer,
  feeEstimateAnswer,
  indexInfoAnswer,
  networkInfoAnswer,
  rpcInfoAnswer,
  satPerVbyte,
  uptimeAnswer,
} from "./answers.ts";
import type { FollowedChain, Watched } from "./follow-chain.ts";
import { question } from "./refusal.ts";

/** `getchaintips` walks all headers, a second on Bitcoin's chain, while the client can do nothing else: this share of the time at most. */
const tipsShareMax = 0.005;
const tipsIntervalMs = 60_000;

/** Clients have up to four. */
const indexesMax = 16;

export interface NodeWatch {
  /** Whether the client has been told to keep apart from its network (`setnetworkactive false`). Rejects with `AskFailure`. */
  look(): Promise<boolean>;
}

/** `coin`: name of the coin in the label `chain.network`; `null`: what the client calls itself. */
export function watchNode({ context, ask, optional }: Watched, chain: FollowedChain, coin: string | null): NodeWatch {
  const { clock } = context;
  const checkPort = openToldPortCheck(context);
  const indexNames = new Set<string>();
  let invalidTips: ReadonlySet<string> | null = null;
  let tipsDueMs = Number.NEGATIVE_INFINITY;

  const lookAtTips = async (): Promise<void> => {
    const startedMs = clock.monotonicMs();
    if (startedMs < tipsDueMs) return;
    const tips = await optional(question("getchaintips", [blockMetrics.badBlocks]), () =>
      ask.rpc("getchaintips", [], chainTipsAnswer),
    );
    const nowMs = clock.monotonicMs();
    tipsDueMs = nowMs + Math.max(tipsIntervalMs, (nowMs - startedMs) / tipsShareMax);
    if (tips === null) return;
    const invalid = new Set(tips.filter(({ status }) => status === "invalid").map(({ hash }) => hash));
    // Those of the first look were found before ChainPulse watched.
    context.count(blockMetrics.badBlocks, {}, [...invalid].filter((hash) => invalidTips?.has(hash) === false).length);
    invalidTips = invalid;
  };

  const lookAtFees = async (): Promise<void> => {
    for (const target of feeTargets) {
      const estimate = await optional(question("estimatesmartfee", [mempoolMetrics.feeEstimate]), () =>
        ask.rpc("estimatesmartfee", [Number(target)], feeEstimateAnswer),
      );
      const series = context.series(mempoolMetrics.feeEstimate, { "fee.target_blocks": target });
      if (estimate?.feerate === undefined) series.clear();
      else series.set(satPerVbyte(estimate.feerate));
    }
  };

  const lookAtIndexes = async (): Promise<void> => {
    const indexes = await optional(question("getindexinfo", [databaseMetrics.indexLag]), () =>
      ask.rpc("getindexinfo", [], indexInfoAnswer),
    );
    for (const [name, { best_block_height: height }] of Object.entries(indexes ?? {})) {
      if (!indexNames.has(name) && indexNames.size >= indexesMax) continue;
      indexNames.add(name);
      const lag = Math.max(0, (chain.info?.blocks ?? height) - height);
      context.series(databaseMetrics.indexLag, { "index.name": cleanText(name, 64) }).set(lag);
    }
  };

  const lookAtRpc = async (): Promise<void> => {
    const info = await optional(question("getrpcinfo", [clientMetrics.activeRequests]), () =>
      ask.rpc("getrpcinfo", [], rpcInfoAnswer),
    );
    if (info === null) return;
    const own = ["getrpcinfo", "waitforblockheight"].filter((method) =>
      info.active_commands.some((one) => one.method === method),
    );
    context.series(clientMetrics.activeRequests, {}).set(info.active_commands.length - own.length);
  };

  return {
    async look() {
      const { subversion, networkactive, localaddresses } = await ask.rpc("getnetworkinfo", [], networkInfoAnswer);
      if (chain.info !== null) {
        const name = coin ?? programOf(subversion).toLowerCase();
        context.identified({ version: cleanText(subversion), network: cleanText(`${name} ${chain.info.chain}`) });
      }
      const uptime = await optional(question("uptime"), () => ask.rpc("uptime", [], uptimeAnswer));
      if (uptime !== null) context.startedAt(clock.nowMs() - uptime * 1000);
      await lookAtRpc();
      await lookAtIndexes();
      await lookAtFees();
      await lookAtTips();
      // Told where it is known by which address others reach the client.
      await checkPort(localaddresses?.[0]?.port ?? null);
      return networkactive === false;
    },
  };
}
