/** What own validators are to the chain: status and balance, by group and, for the first of them, each. */
import type { HeldSeries } from "../../../core/observer.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { consensusMetrics as metrics } from "../consensus/metrics.ts";
import { validatorSeriesMax } from "./duty-book.ts";
import type { OwnValidators } from "./own-validators.ts";

export const validatorStatusMetrics = [metrics.validators, metrics.balance, metrics.groupBalance] as const;

export interface ValidatorStatus {
  tell(own: OwnValidators): void;
  clear(): void;
}

/** What the protocol knows; another word is the client's own, and it could make up as many as there are validators. Source: beacon-APIs types/api.yaml. */
const knownStatuses: ReadonlySet<string> = new Set([
  "pending_initialized",
  "pending_queued",
  "active_ongoing",
  "active_exiting",
  "active_slashed",
  "exited_unslashed",
  "exited_slashed",
  "withdrawal_possible",
  "withdrawal_done",
]);
const otherStatus = "other";
const gweiPerEther = 1e9;
/** Of a public key that the chain has not seen: no deposit of it was processed. */
const unknownStatus = "unknown";

export function openValidatorStatus(context: ClientContext): ValidatorStatus {
  /** Statuses that a group has had: when nobody has one any more, that is 0, and not nothing. */
  const statuses = new Map<string, { readonly series: HeldSeries; count: number }>();
  const balances = new Set<HeldSeries>();
  const add = (group: string, status: string, count: number): void => {
    const key = `${status} ${group}`;
    const labels = { "validator.group": group, "validator.status": status };
    const known = statuses.get(key) ?? { series: context.series(metrics.validators, labels), count: 0 };
    statuses.set(key, known);
    known.count += count;
  };
  const setBalance = (series: HeldSeries, gwei: number): void => {
    balances.add(series);
    series.set(gwei / gweiPerEther);
  };
  return {
    tell({ byIndex, groups, unknown }) {
      for (const status of statuses.values()) status.count = 0;
      const sums = new Map(groups.map((group) => [group, 0]));
      let named = 0;
      for (const { index, group, status, balanceGwei } of byIndex.values()) {
        if (status === null || balanceGwei === null) continue;
        add(group, knownStatuses.has(status) ? status : otherStatus, 1);
        sums.set(group, (sums.get(group) ?? 0) + balanceGwei);
        if (named++ >= validatorSeriesMax) continue;
        setBalance(context.series(metrics.balance, { "validator.group": group, validator: String(index) }), balanceGwei);
      }
      for (const [group, count] of unknown) if (count > 0) add(group, unknownStatus, count);
      for (const { series, count } of statuses.values()) series.set(count);
      for (const [group, gwei] of sums) setBalance(context.series(metrics.groupBalance, { "validator.group": group }), gwei);
    },
    clear() {
      for (const { series } of statuses.values()) series.clear();
      for (const series of balances) series.clear();
    },
  };
}
