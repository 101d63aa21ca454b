/** What traces of a block tell, by contract and method. */
import type { CallFrames } from "./call-frames.ts";
import type { ContractCounters } from "./contract-counters.ts";
import type { ContractUse } from "./contract-use.ts";
import { contractMetrics as metrics } from "./metrics.ts";
import type { StorageAccess } from "./storage-access.ts";

/** One transaction's traces; `null`: they cannot be right. */
export interface TransactionTraces {
  readonly frames: CallFrames | null;
  readonly storage: StorageAccess | null;
}

/** Gas of code and slots of storage. Transactions whose traces cannot be right are left out; it says how many. */
export function reportTraces(counters: ContractCounters, transactions: readonly TransactionTraces[]): number {
  const known = transactions.flatMap(({ frames, storage }) =>
    frames === null || storage === null ? [] : [{ frames, storage }],
  );
  for (const { frames } of known) for (const use of frames.ownGas) counters.weigh(use, use.gas);
  counters.choose();
  for (const { frames, storage } of known) {
    for (const use of frames.ownGas) counters.count(metrics.innerGas, use, use.gas);
    for (const access of ["read", "write"] as const) {
      for (const [contract, slots] of storage[access]) {
        const key = { contract, method: frames.methods.get(contract) ?? "unknown" };
        counters.count(metrics.storageAccess, key, slots, { "storage.access": access });
      }
    }
  }
  return transactions.length - known.length;
}

export function reportReplay(counters: ContractCounters, use: ContractUse, seconds: number): void {
  counters.weigh(use, use.gas);
  counters.choose();
  counters.count(metrics.replayTime, use, seconds);
  counters.count(metrics.replayGas, use, use.gas);
  counters.count(metrics.replays, use, 1);
}
