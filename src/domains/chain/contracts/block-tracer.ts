/**
 * Traces a share of the blocks: the client runs them again and tells what code did. That costs the client time, which is measured, bounded by the
 * configuration and told. Gas and slots are the client's own word; time is measured from outside, one transaction at a time.
 * Source: go-ethereum eth/tracers/api.go.
 */
import { z } from "zod";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { Contradiction } from "../client/contradiction.ts";
import { notOffered, offerPauseMs } from "../client/offer.ts";
import { readCallFrames } from "./call-frames.ts";
import { openContractCounters } from "./contract-counters.ts";
import type { ContractUse } from "./contract-use.ts";
import { contractMetrics as metrics } from "./metrics.ts";
import { replaySample } from "./replay-sample.ts";
import { reportReplay, reportTraces } from "./report-traces.ts";
import { readStorageAccess } from "./storage-access.ts";
import { openTraceBudget } from "./trace-budget.ts";

export interface BlockTracer {
  /**
   * A block was read, with these uses in the order of its transactions. Traces it, or leaves it out; `isAtRest`: the client has nothing better to do.
   * Returns at once.
   */
  offer(hash: string, uses: readonly ContractUse[], isAtRest: boolean): void;
  /** Resolves when no trace is under way. */
  idle(): Promise<void>;
}

const what = "traces";
const traceMetrics = [
  metrics.innerGas,
  metrics.storageAccess,
  metrics.replayTime,
  metrics.replays,
  metrics.replayGas,
  metrics.tracedBlocks,
  metrics.traceTime,
] as const;
/** A client that could not do it once is not asked for the next blocks. */
const pauseMs = 60_000;

const tracesShape = z.array(z.object({ txHash: z.string().optional(), result: z.unknown() })).max(100_000);

/** A transaction was run once more. Times are ms since the epoch. */
export type OnReplay = (transactionHash: string, startMs: number, endMs: number) => void;

export function openBlockTracer(context: ClientContext, ask: Ask, onReplay: OnReplay): BlockTracer {
  const { clock, chain, signal } = context;
  const { enabled, max_share: share } = chain.trace_blocks;
  if (!enabled) {
    const fix = "Set chain.trace_blocks.enabled, and let the client serve debug.";
    context.absent(what, traceMetrics, { reason: "disabled", detail: "chain.trace_blocks.enabled is false", fix });
    return { offer: () => undefined, idle: () => Promise.resolve() };
  }
  const budget = openTraceBudget(share, clock.monotonicMs());
  const inner = openContractCounters(context);
  const replayed = openContractCounters(context);
  let running: Promise<void> | null = null;
  let notBeforeMs = 0;

  /** What it took the client, in seconds, also where it failed: it was busy all the same. */
  const timed = async <T>(work: () => Promise<T>, onSeconds?: (seconds: number) => void): Promise<T> => {
    const startMs = clock.monotonicMs();
    try {
      const value = await work();
      onSeconds?.((clock.monotonicMs() - startMs) / 1000);
      return value;
    } finally {
      const busyMs = clock.monotonicMs() - startMs;
      budget.spend(busyMs);
      context.count(metrics.traceTime, {}, busyMs / 1000);
    }
  };
  const traces = async (hash: string, uses: readonly ContractUse[], options: object): Promise<readonly unknown[]> => {
    const results = await timed(() => ask.rpc("debug_traceBlockByHash", [hash, options], tracesShape));
    const fits = results.every(({ txHash }, index) => txHash === undefined || txHash === uses[index]?.hash);
    if (results.length !== uses.length || !fits) throw new Contradiction(`traces of ${hash} are not of its transactions`);
    return results.map(({ result }) => result);
  };
  const trace = async (hash: string, uses: readonly ContractUse[]): Promise<void> => {
    const calls = await traces(hash, uses, { tracer: "callTracer" });
    // Code is as large as storage is small, and nobody reads it here.
    const before = await traces(hash, uses, { tracer: "prestateTracer", tracerConfig: { disableCode: true } });
    const difference = await traces(hash, uses, {
      tracer: "prestateTracer",
      tracerConfig: { diffMode: true, disableCode: true },
    });
    const wrong = reportTraces(
      inner,
      uses.map((use, index) => ({
        frames: readCallFrames(calls[index], use, use.gas),
        storage: readStorageAccess(before[index], difference[index]),
      })),
    );
    if (wrong > 0) throw new Contradiction(`traces of ${wrong} transactions of ${hash} cannot be right`);
    for (const use of replaySample(uses)) {
      const startMs = clock.nowMs();
      await timed(
        () => ask.rpc("debug_traceTransaction", [use.hash, { tracer: "callTracer" }], z.unknown()),
        (seconds) => {
          reportReplay(replayed, use, seconds);
          onReplay(use.hash, startMs, startMs + 1000 * seconds);
        },
      );
    }
  };
  const outcome = (of: "traced" | "left_out" | "failed"): void =>
    context.count(metrics.tracedBlocks, { "trace.outcome": of }, 1);
  const run = async (hash: string, uses: readonly ContractUse[]): Promise<void> => {
    try {
      await trace(hash, uses);
      outcome("traced");
      context.present(what);
    } catch (error) {
      if (signal.aborted) return;
      outcome("failed");
      if (error instanceof Contradiction) ask.failed("contradiction");
      const absence = notOffered(error, "Let ChainPulse use debug, e.g. geth --http.api eth,net,web3,txpool,debug.");
      notBeforeMs = clock.monotonicMs() + (absence === null ? pauseMs : offerPauseMs);
      if (absence === null) context.logger.warn(`block ${hash} could not be traced`, { error });
      else context.absent(what, traceMetrics, absence);
    } finally {
      running = null;
    }
  };

  return {
    offer(hash, uses, isAtRest) {
      if (uses.length === 0) return;
      const nowMs = clock.monotonicMs();
      if (running !== null || !isAtRest || nowMs < notBeforeMs || !budget.mayTrace(nowMs)) outcome("left_out");
      else running = run(hash, uses);
    },
    idle: () => running ?? Promise.resolve(),
  };
}
