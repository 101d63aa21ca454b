/** PromQL about duties, participation and the link to the execution client. */
import { labelOf, select } from "../../../core/promql-text.ts";
import { consensusMetrics as c, type Duty, type DutyOutcome, type Vote } from "../consensus/metrics.ts";
import { clientLabels, sameClient, shareOf } from "./client.ts";

export const groupLabel = labelOf(c.duties, "validator.group");
/** What tells one group of validators from another. */
const groupLabels = `${clientLabels}, ${groupLabel}`;

export function perGroup(expr: string): string {
  return `sum by (${groupLabels}) (${expr})`;
}

/** How many duties were settled in the time, e.g. `1h`. An increase is extrapolated to the whole window: rounded, it is the count again. */
export function settledDuties(duty: Duty, window: string, outcomes?: readonly DutyOutcome[]): string {
  const matchers = outcomes === undefined ? { duty } : { duty, "duty.outcome": { any: outcomes } };
  return perGroup(`round(increase(${select(c.duties, matchers)}[${window}]))`);
}

/** Share of the duties of the time that were done. */
export function dutySuccess(duty: Duty, window: string): string {
  return shareOf(settledDuties(duty, window, ["done"]), settledDuties(duty, window));
}

/** Share of included attestations of the hour that voted right. */
export function rightVotes(vote: Vote): string {
  const votes = (outcome: "right" | "wrong"): string =>
    perGroup(`increase(${select(c.votes, { "attestation.vote": vote, "vote.outcome": outcome })}[1h])`);
  const all = perGroup(`increase(${select(c.votes, { "attestation.vote": vote })}[1h])`);
  return shareOf(votes("right"), all);
}

/** Mean inclusion distance of the hour's attestations; 1 is the best. */
export const inclusionDistance = `${perGroup(`increase(${select(c.inclusionDistance)}[1h])`)} / (${settledDuties("attestation", "1h", ["done"])} > 0)`;

/** Share of the network's attestations that were included. */
export function participation(vote: Vote | "any"): string {
  return select(c.participation, { "attestation.vote": vote });
}

/**
 * For `… unless`: the client sees that others miss too. Below 80 % a fifth of all validators is away, which is no matter of one node
 * (ChainPulse's own limit; mainnet has above 98 % on ordinary days).
 */
export const othersMissToo = `${sameClient} (${participation("any")} < 0.8)`;

/** Mean time of a request between consensus and execution client. */
export const engineTime = `rate(${select(c.engineTime)}[5m]) / (rate(${select(c.engineRequests)}[5m]) > 0)`;

/** Validators whose balance fell at three or more of the four epochs of half an hour: a withdrawal takes once in days, a penalty takes each epoch. */
export const losingValidators = `(count by (${groupLabels}) (resets(${select(c.balance)}[30m]) >= 3) or count by (${groupLabels}) (${select(c.balance)}) * 0)`;

/** Own validators that were slashed. Statuses: Beacon API, ValidatorStatus. */
export const slashedValidators = perGroup(select(c.validators, { "validator.status": { matches: ".*slashed.*" } }));
