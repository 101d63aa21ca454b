/** A flow of transactions at a recorded client, and what it has told of one of them, for the tests of this folder. */
import assert from "node:assert/strict";
import { flowAttributes as a, flowSpans } from "../../../core/flow-names.ts";
import { openSightings } from "../blocks/sightings.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { openTransactionFlow, type TransactionFlowOptions } from "./transaction-flow.ts";

export const startMs = 1_700_000_000_000;

export function hashOf(seed: number): string {
  return `${(seed + 1).toString(16).padStart(8, "0")}${"ab".repeat(28)}`;
}

export function openLab(tracing: object = {}, options: Partial<TransactionFlowOptions> = {}) {
  const client = recordClient({}, openSightings(), { tracing });
  const flow = openTransactionFlow(client.context, {
    chainId: () => "litecoin regtest",
    confirmations: 3,
    ...options,
  });
  const see = (hash: string, afterMs: number): boolean =>
    flow.seen({ hash, timeMs: startMs + afterMs, method: "subscription", resolutionMs: 0 });
  const mine = (number: number, hashes: readonly string[], afterMs: number, branch = 0xb0): string => {
    const hash = hashOf(branch * 1000 + number);
    const block = { hash, number, method: "poll", resolutionMs: 5 } as const;
    flow.blockSeen({ ...block, timeMs: startMs + afterMs });
    flow.blockCanonical(
      { ...block, timeMs: startMs + afterMs + 10 },
      hashes.map((one, index) => ({ hash: one, facts: { [a.index]: index + 1 } })),
    );
    return hash;
  };
  /** Of one transaction: name, begin and end in ms after the start, and what failed. */
  const life = (hash: string) =>
    client
      .spans()
      .filter(({ traceId }) => traceId === hash.slice(0, 32))
      .map(({ name, startNs, endNs, statusMessage }) => [name, after(startNs), after(endNs), statusMessage] as const);
  const root = (hash: string) =>
    client.spans(flowSpans.transaction).find(({ traceId }) => traceId === hash.slice(0, 32)) ?? assert.fail("no root");
  return { client, flow, see, mine, life, root };
}

/** ms after the start. */
export function after(ns: bigint): number {
  return Number(ns / 1_000_000n) - startMs;
}
