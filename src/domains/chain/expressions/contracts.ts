/** PromQL about what contracts cost. */
import { labelOf, select } from "../../../core/promql-text.ts";
import { contractMetrics as k } from "../contracts/metrics.ts";
import { clientLabels, perClient, perMinute, shareOf } from "./client.ts";

export const contractLabel = labelOf(k.gas, "contract");
export const methodLabel = labelOf(k.gas, "contract.method");

function perContract(expr: string): string {
  return `sum by (${clientLabels}, ${contractLabel}) (${expr})`;
}

/** Rate of what a contract's methods do together. */
export function contractRate(metric: typeof k.gas | typeof k.calls): string {
  return perContract(perMinute(metric));
}

/** Storage slots that a contract reads or changes per second, in traced blocks. */
export function storageRate(access: "read" | "write"): string {
  return perContract(perMinute(k.storageAccess, { "storage.access": access }));
}

/** Gas of a contract's transactions, of all of that client. */
export const gasShare = `${contractRate(k.gas)} / on (${clientLabels}) group_left () (${perClient("sum", perMinute(k.gas))} > 0)`;

/** Transactions of ten minutes; those whose outcome is not known are neither failed nor done. */
const failed = `increase(${select(k.calls, { "call.outcome": "failed" })}[10m])`;
const settled = `increase(${select(k.calls, { "call.outcome": { not: "unknown" } })}[10m])`;

/** Failed transactions of those sent to a contract, and of all of the client's. */
export const failedShare = shareOf(perContract(failed), perContract(settled));
export const failedShareOfAll = shareOf(perClient("sum", failed), perClient("sum", settled));

/** Only some transactions are run again, and not all the time: ten minutes. */
function replayed(metric: typeof k.replayTime): string {
  return perContract(`increase(${select(metric)}[10m])`);
}

/** Mean time that running a transaction of the contract again took. */
export const replayTime = `${replayed(k.replayTime)} / (${replayed(k.replays)} > 0)`;

/** Time that a million gas of it took. */
export const replayTimeOfGas = `1e6 * ${replayed(k.replayTime)} / (${replayed(k.replayGas)} > 0)`;

/** One label of contract and method, for lists that have a row for each of both. */
export const callLabel = "contract_call";

export function byCall(expr: string): string {
  return `label_join(${expr}, "${callLabel}", " ", "${contractLabel}", "${methodLabel}")`;
}
