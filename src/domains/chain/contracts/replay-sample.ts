/**
 * Which transactions of a block are timed one by one. To run a transaction again a client first runs those before it in its block (go-ethereum
 * eth/state_accessor.go stateAtTransaction), so only those are taken whose predecessors together are small beside them: what is measured is
 * then the transaction's own time, but for that share.
 */
import type { ContractUse } from "./contract-use.ts";

/** Most of what is measured that may be others'. */
const othersShareMax = 0.1;
const sampleMax = 2;

/** Of `uses` in the order of the block. Plain transfers run no code, and are left out. */
export function replaySample(uses: readonly ContractUse[]): readonly ContractUse[] {
  const sample: ContractUse[] = [];
  let before = 0;
  for (const use of uses) {
    if (use.contract !== "accounts" && before <= othersShareMax * use.gas) sample.push(use);
    before += use.gas;
    if (sample.length === sampleMax) break;
  }
  return sample;
}
