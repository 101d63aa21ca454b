/** Keeps what own validators did, and tells it: counters and gauges by group, and an event for each miss. */
import type { ClientContext } from "../client/client-kind.ts";
import { ownSeries } from "../client/own-series.ts";
import { consensusMetrics as metrics, duties, type Duty, type DutyOutcome, votes } from "../consensus/metrics.ts";
import { dutyEvent } from "../events.ts";
import { type ChainTime, epochOf, slotStartMs } from "./chain-time.ts";
import type { OwnValidators } from "./own-validators.ts";
import type { OwnAttestation } from "./settle-slot.ts";

export interface SettledDuty {
  readonly validator: number;
  readonly duty: Duty;
  readonly slot: number;
  readonly outcome: DutyOutcome;
  /** Share of all who had the same duty in that slot and did it; `null`: nobody else had. */
  readonly others: number | null;
}

export interface DutyBook {
  settled(duty: SettledDuty): void;
  attested(attestation: OwnAttestation, slot: number, others: number): void;
  /** Sets the gauges. They are said again with each look, because all series of a client are cleared while it does not answer. */
  publish(): void;
  /** The gauges have no value until they are set again: what validators did last is not known. */
  readonly clear: () => void;
}

/** What has no value after `clear`. Counters keep theirs: most outcomes are so rare that they would not come back. */
export const dutyGauges = [metrics.missesInRow, metrics.validatorUp, metrics.lastMissedSlot] as const;

/** Validators with series of their own. Source: the help of the metrics. */
export const validatorSeriesMax = 256;
/** Misses with an event of their own in one epoch; those beyond it share one for each group, duty and outcome. */
const eventsPerEpochMax = 100;

const outcomesOf = {
  attestation: ["done", "missed"],
  proposal: ["done", "missed", "orphaned"],
  sync_committee: ["done", "missed"],
} as const satisfies Record<Duty, readonly DutyOutcome[]>;

export function openDutyBook(context: ClientContext, time: ChainTime, own: () => OwnValidators): DutyBook {
  const { own: gauges, clear } = ownSeries(context);
  const lastMissed = new Map<string, { readonly group: string; readonly duty: Duty; readonly slot: number }>();
  /** Attestations in a row that each validator has missed. */
  const missedInRow = new Map<number, number>();
  /** Validators that may have a series of their own → their group. */
  let named: ReadonlyMap<number, string> = new Map();
  const attesting = (index: number, group: string) =>
    gauges.series(metrics.validatorUp, { "validator.group": group, validator: String(index) });
  const misses = openMissEvents(context, time);
  for (const group of own().groups) beginCounters(context, group);

  const settled: DutyBook["settled"] = (duty) => {
    const group = groupOf(own(), duty.validator);
    if (group === null) return;
    context.count(metrics.duties, { "validator.group": group, duty: duty.duty, "duty.outcome": duty.outcome }, 1);
    if (duty.outcome === "done") return;
    const key = `${duty.duty} ${group}`;
    const slot = Math.max(duty.slot, lastMissed.get(key)?.slot ?? 0);
    lastMissed.set(key, { group, duty: duty.duty, slot });
    misses.add(duty, group);
  };

  return {
    settled,
    attested({ validator, distance, right }, slot, others) {
      const isDone = distance !== null;
      settled({ validator, duty: "attestation", slot, outcome: isDone ? "done" : "missed", others });
      missedInRow.set(validator, isDone ? 0 : (missedInRow.get(validator) ?? 0) + 1);
      const group = groupOf(own(), validator);
      if (!isDone || group === null) return;
      context.count(metrics.inclusionDistance, { "validator.group": group }, distance);
      for (const vote of votes) {
        const outcome = right[vote] ? "right" : "wrong";
        context.count(metrics.votes, { "validator.group": group, "attestation.vote": vote, "vote.outcome": outcome }, 1);
      }
    },
    publish() {
      misses.flush();
      for (const { group, duty, slot } of lastMissed.values()) {
        gauges.series(metrics.lastMissedSlot, { "validator.group": group, duty }).set(slot);
      }
      const { byIndex, groups } = own();
      const active = new Map<number, string>();
      for (const { index, group, isActive } of byIndex.values()) if (isActive) active.set(index, group);
      // Who has exited or was slashed attests no more: the row of its last misses would never end.
      for (const index of missedInRow.keys()) if (!active.has(index)) missedInRow.delete(index);

      const before = named;
      named = new Map([...active].slice(0, validatorSeriesMax));
      for (const [index, group] of before) if (!named.has(index)) attesting(index, group).release();
      const worst = new Map<string, number>();
      for (const [index, group] of active) {
        const missed = missedInRow.get(index);
        if (missed === undefined) continue;
        worst.set(group, Math.max(missed, worst.get(group) ?? 0));
        if (named.has(index)) attesting(index, group).set(missed === 0 ? 1 : 0);
      }
      for (const group of groups) {
        const missed = worst.get(group);
        const series = gauges.series(metrics.missesInRow, { "validator.group": group });
        if (missed === undefined) series.clear();
        else series.set(missed);
      }
    },
    clear,
  };
}

function groupOf({ byIndex }: OwnValidators, validator: number): string | null {
  return byIndex.get(String(validator))?.group ?? null;
}

/** A counter that begins with its first miss has no rate at that miss: all begin at 0. */
function beginCounters(context: ClientContext, group: string): void {
  for (const duty of duties) {
    for (const outcome of outcomesOf[duty]) {
      context.count(metrics.duties, { "validator.group": group, duty, "duty.outcome": outcome }, 0);
    }
  }
  context.count(metrics.inclusionDistance, { "validator.group": group }, 0);
  for (const vote of votes) {
    for (const outcome of ["right", "wrong"] as const) {
      context.count(metrics.votes, { "validator.group": group, "attestation.vote": vote, "vote.outcome": outcome }, 0);
    }
  }
}

interface MissEvents {
  add(miss: SettledDuty, group: string): void;
  /** Tells those that share an event. */
  flush(): void;
}

/** Misses of one epoch that share an event. */
interface SharedEvent {
  readonly fields: Readonly<Record<"group" | "duty" | "outcome", string>> & { readonly epoch: number };
  readonly slot: number;
  count: number;
  isTold: boolean;
}

interface EpochMisses {
  count: number;
  readonly shared: Map<string, SharedEvent>;
}

/** Epochs whose misses may still come: attestations are judged two epochs later than blocks. */
const epochsOpen = 4;

/** When thousands of validators are away at once, their names say less than their number. */
function openMissEvents(context: ClientContext, time: ChainTime): MissEvents {
  const epochs = new Map<number, EpochMisses>();
  const missesOf = (epoch: number): EpochMisses => {
    const misses = epochs.get(epoch) ?? { count: 0, shared: new Map() };
    epochs.set(epoch, misses);
    for (const oldest of epochs.keys()) if (oldest < epoch - epochsOpen) epochs.delete(oldest);
    return misses;
  };
  return {
    add({ validator, duty, slot, outcome, others }, group) {
      const fields = { group, duty, outcome, epoch: epochOf(time, slot) };
      const misses = missesOf(fields.epoch);
      if (++misses.count <= eventsPerEpochMax) {
        const key = `${duty}/${slot}/${validator}`;
        context.emit(dutyEvent.kind, key, slotStartMs(time, slot), { ...fields, validator, slot, count: 1, others });
        return;
      }
      const key = `${duty}/epoch-${fields.epoch}/${group}/${outcome}`;
      const shared = misses.shared.get(key) ?? { fields, slot, count: 0, isTold: false };
      misses.shared.set(key, shared);
      shared.count++;
      shared.isTold = false;
    },
    flush() {
      for (const { shared } of epochs.values()) {
        for (const [key, event] of shared) {
          if (event.isTold) continue;
          event.isTold = true;
          const { fields, slot, count } = event;
          context.emit(dutyEvent.kind, key, slotStartMs(time, slot), { ...fields, validator: null, slot, count, others: null });
        }
      }
    },
  };
}
