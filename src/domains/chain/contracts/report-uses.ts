/** Gas and calls of a block by contract and method. */
import type { ContractCounters } from "./contract-counters.ts";
import type { ContractUse } from "./contract-use.ts";
import { contractMetrics } from "./metrics.ts";

export function reportUses(counters: ContractCounters, uses: readonly ContractUse[]): void {
  for (const use of uses) counters.weigh(use, use.gas);
  counters.choose();
  for (const use of uses) {
    counters.count(contractMetrics.gas, use, use.gas);
    const outcome = use.isOk === null ? "unknown" : use.isOk ? "ok" : "failed";
    counters.count(contractMetrics.calls, use, 1, { "call.outcome": outcome });
  }
}
