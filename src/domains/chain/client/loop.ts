/** A client is looked at again and again, by several loops at their own pace; each keeps its failures to itself. */
import { AskFailure } from "../../../io/json-rpc.ts";
import type { ClientContext } from "./client-kind.ts";
import { openWake, type Wake } from "./wake.ts";

/** After a failure: 2, 4, 8 … intervals, at most this long. */
const pauseMsMax = 30_000;
/** Between two looks, however often it is woken: news may come faster than anybody needs it. */
const wakeMsMin = 100;

export interface LoopOptions {
  readonly intervalMs: number;
  /** What it reads, for the log: `head`, `mempool`. */
  readonly name: string;
  /** Called with each failure, and with `null` after the first success that follows one; `work` itself need not catch. */
  readonly onFailure?: (failure: Error | null) => void;
  /** After a failure it waits no longer than that, unless it was asked for patience. Default: 30 s. */
  readonly failureMsMax?: number;
  /** Has it look before its time; after a failure only where the client could not be reached, because others ask for patience. */
  readonly wake?: Wake;
}

/** Runs `work` until the client is not watched any more. Resolves then; never rejects. */
export async function loop(
  { signal, clock, logger }: ClientContext,
  options: LoopOptions,
  work: () => Promise<void>,
): Promise<void> {
  const { intervalMs, name, onFailure, wake = openWake(), failureMsMax = pauseMsMax } = options;
  let failures = 0;
  let told: string | null = null;
  while (!signal.aborted) {
    const startedMs = clock.monotonicMs();
    let pauseMs = intervalMs;
    let isWakeable = true;
    try {
      await work();
      if (told !== null) {
        logger.info(`${name} is read again`);
        onFailure?.(null);
      }
      failures = 0;
      told = null;
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      const failure = error instanceof Error ? error : new Error(String(error));
      if (failure.message !== told) logger.warn(`${name} could not be read`, { error });
      told = failure.message;
      onFailure?.(failure);
      const asked = error instanceof AskFailure ? error.retryAfterMs : null;
      isWakeable = error instanceof AskFailure && error.kind === "unreachable";
      const mostMs = error instanceof AskFailure && error.kind === "rate_limited" ? pauseMsMax : failureMsMax;
      pauseMs = Math.min(mostMs, Math.max(asked ?? 0, intervalMs * 2 ** Math.min(failures, 10)));
    }
    const leftMs = (ms: number): number => Math.max(0, ms - (clock.monotonicMs() - startedMs));
    await (isWakeable ? wake : openWake()).wait(leftMs(pauseMs), signal);
    const restMs = leftMs(Math.min(intervalMs, wakeMsMin));
    if (restMs > 0) await openWake().wait(restMs, signal);
  }
}
