/** The data thread's side of the intake: numbers series, holds them as long as the intake thread lives, and stores samples. */
import type { MessagePort } from "node:worker_threads";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ChainPulseError } from "../../core/errors.ts";
import { freeMemory } from "../../core/free-memory.ts";
import { labelsOfKey } from "../../core/labels.ts";
import type { SampleWriter, SeriesRef } from "../../core/storage.ts";
import { serveCalls } from "../../io/rpc.ts";
import type { ObservedBoard } from "../observed-board.ts";
import { HoldCounts } from "../series-holds.ts";
import type { ReceiveApi } from "./api.ts";
import type { ReceiveQueue } from "./receive-queue.ts";

/** Series that are numbered or given up in one turn: some ms. */
const seriesPerTurn = 128;

export interface ReceiveServiceOptions {
  readonly writer: Pick<SampleWriter, "resolve" | "release" | "annotate">;
  readonly queue: ReceiveQueue;
  readonly board: ObservedBoard;
}

/** Serves one intake thread. When its port closes (it has ended), the series that were held for it are given up. */
export function serveIntake(port: MessagePort, { writer, queue, board }: ReceiveServiceOptions): void {
  const holds = new HoldCounts();
  const observing = board.link();

  const resolve = (key: string): SeriesRef => {
    const ref = writer.resolve(labelsOfKey(key));
    holds.add(ref);
    return ref;
  };
  const release = (ref: SeriesRef): void => {
    if (holds.remove(ref) >= 0) writer.release(ref);
  };

  serveCalls(port, {
    async resolve(keys) {
      const refs = new Uint32Array(keys.length);
      const refusals = new Map<number, string>();
      for (const [index, key] of keys.entries()) {
        if (index > 0 && index % seriesPerTurn === 0) await nextTurn();
        try {
          refs[index] = resolve(key);
        } catch (error) {
          if (!(error instanceof ChainPulseError && error.code === "SERIES_LIMIT")) throw error;
          refusals.set(index, error.message);
        }
      }
      return { refs, refusals };
    },
    async release(refs) {
      for (const [index, ref] of refs.entries()) {
        if (index > 0 && index % seriesPerTurn === 0) await nextTurn();
        release(ref);
      }
    },
    async store(samples) {
      try {
        await queue.store(samples);
      } finally {
        // They were moved here, and the store has its own form of them.
        freeMemory(samples.refs, samples.timesMs, samples.values);
      }
    },
    annotate: (annotation) => writer.annotate(annotation),
    observed: (change) => observing.apply(change),
  } satisfies ReceiveApi);

  port.on("close", () => {
    observing.close();
    void releaseAll();
  });
  const releaseAll = async (): Promise<void> => {
    let released = 0;
    for (const [ref, count] of holds.entries()) {
      for (let hold = 0; hold < count; hold++) release(ref);
      if (++released % seriesPerTurn === 0) await nextTurn();
    }
  };
}
