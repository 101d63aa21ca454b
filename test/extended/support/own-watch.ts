/**
 * A witness of the test's own: when it saw a transaction in a node's pool, or a block at its head, by asking again and again. Nobody who
 * watches the nodes sees this record.
 */
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import type { Litecoind } from "./litecoind.ts";

/** Wall clock, ms: it was not there yet, and it was there. */
export interface Sighting {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface OwnWatch {
  /** By hash, of transactions and blocks. */
  readonly seen: ReadonlyMap<string, Sighting>;
  stop(): Promise<void>;
}

const pauseMs = 50;
const hashes = z.array(z.string());

/** What is there when it begins was seen at an unknown time, and is left out. */
export async function watchNode(node: Litecoind): Promise<OwnWatch> {
  const seen = new Map<string, Sighting>();
  const ending = new AbortController();
  const look = async (): Promise<readonly string[]> => [
    ...(await node.ask(hashes, "getrawmempool")),
    await node.ask(z.string(), "getbestblockhash"),
  ];
  let fromMs = Date.now();
  const before = new Set(await look());
  const watch = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await wait(pauseMs);
      const askedMs = Date.now();
      const now = await look();
      const toMs = Date.now();
      for (const hash of now) if (!before.has(hash) && !seen.has(hash)) seen.set(hash, { fromMs, toMs });
      fromMs = askedMs;
    }
  };
  const watching = watch();
  return {
    seen,
    async stop() {
      ending.abort();
      await watching;
    },
  };
}
