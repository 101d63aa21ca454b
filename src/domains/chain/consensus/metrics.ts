/** Taking part in consensus: what validators had to do, and whether they did. Computed from the chain, not from the client's own gauges. */
import { defineMetrics } from "../../../core/metric.ts";
import { perClient } from "../labels.ts";

export const duties = ["attestation", "proposal", "sync_committee"] as const;
export type Duty = (typeof duties)[number];
/** `orphaned`: the block was proposed and did not stay; `missed`: nothing is on the chain. */
export const dutyOutcomes = ["done", "missed", "orphaned"] as const;
export type DutyOutcome = (typeof dutyOutcomes)[number];
export const votes = ["source", "target", "head"] as const;
export type Vote = (typeof votes)[number];

const perGroup = { ...perClient, "validator.group": null } as const;
/** `validator`: its index. */
const perValidator = { ...perGroup, validator: null } as const;

export const consensusMetrics = defineMetrics({
  epoch: {
    name: "chainpulse.chain.epoch",
    kind: "gauge",
    unit: "{epoch}",
    help: "Epoch of the clock, and the newest justified and finalised ones.",
    labels: { ...perClient, "epoch.tag": ["current", "justified", "finalized"] },
    rollup: "last",
  },
  optimistic: {
    name: "chainpulse.chain.optimistic",
    kind: "gauge",
    unit: "",
    help: "1 while the head has not been verified by an execution client.",
    labels: perClient,
    rollup: "max",
  },
  participation: {
    name: "chainpulse.chain.participation",
    kind: "gauge",
    unit: "1",
    help: "Share of all active validators' attestations of the last complete epoch that were included, by what they had right.",
    labels: { ...perClient, "attestation.vote": [...votes, "any"] },
    rollup: "min",
  },
  validators: {
    name: "chainpulse.chain.validators",
    kind: "gauge",
    unit: "{validator}",
    help: "Own validators by their status on the chain.",
    labels: { ...perGroup, "validator.status": null },
    rollup: "last",
  },
  duties: {
    name: "chainpulse.chain.duties",
    kind: "counter",
    unit: "{duty}",
    help: "Duties of own validators that are settled, by what became of them.",
    labels: { ...perGroup, duty: duties, "duty.outcome": dutyOutcomes },
  },
  votes: {
    name: "chainpulse.chain.attestation.votes",
    kind: "counter",
    unit: "{vote}",
    help: "Votes in own validators' attestations that were included, by whether they were right, and included in time to be rewarded.",
    labels: { ...perGroup, "attestation.vote": votes, "vote.outcome": ["right", "wrong"] },
  },
  inclusionDistance: {
    name: "chainpulse.chain.attestation.inclusion_distance",
    kind: "counter",
    unit: "{slot}",
    help: "Slots between own attestations and the blocks that included them, summed; 1 is the best.",
    labels: perGroup,
  },
  missesInRow: {
    name: "chainpulse.chain.attestation.misses_in_row",
    kind: "gauge",
    unit: "{duty}",
    help: "Attestations in a row that the group's worst validator has missed.",
    labels: perGroup,
    rollup: "max",
  },
  lastMissedSlot: {
    name: "chainpulse.chain.duty.last_missed_slot",
    kind: "gauge",
    unit: "{slot}",
    help: "Slot of the newest duty that one of the group's validators missed.",
    labels: { ...perGroup, duty: duties },
    rollup: "last",
  },
  nextProposal: {
    name: "chainpulse.chain.proposal.next",
    kind: "gauge",
    unit: "s",
    help: "Time until the next block that one of the group's validators is to propose.",
    labels: perGroup,
    rollup: "min",
  },
  syncCommittee: {
    name: "chainpulse.chain.sync_committee.members",
    kind: "gauge",
    unit: "{validator}",
    help: "Own validators in the current and in the next sync committee.",
    labels: { ...perGroup, "sync_committee.period": ["current", "next"] },
    rollup: "last",
  },
  balance: {
    name: "chainpulse.chain.validator.balance",
    kind: "gauge",
    unit: "{ether}",
    help: "Balance of an own validator, ether. The first 256 have series of their own.",
    labels: perValidator,
    rollup: "last",
  },
  validatorUp: {
    name: "chainpulse.chain.validator.attesting",
    kind: "gauge",
    unit: "",
    help: "1 where the validator's newest settled attestation was included, 0 where it was missed.",
    labels: perValidator,
    rollup: "min",
  },
  groupBalance: {
    name: "chainpulse.chain.validators.balance",
    kind: "gauge",
    unit: "{ether}",
    help: "Balance of the group's validators together, ether.",
    labels: perGroup,
    rollup: "last",
  },
  engineTime: {
    name: "chainpulse.chain.engine.time",
    kind: "counter",
    unit: "s",
    help: "Time that requests between consensus and execution client took, as the client that asks says it.",
    labels: { ...perClient, "rpc.method": null },
  },
  engineRequests: {
    name: "chainpulse.chain.engine.requests",
    kind: "counter",
    unit: "{request}",
    help: "Requests between consensus and execution client.",
    labels: { ...perClient, "rpc.method": null },
  },
  engineUp: {
    name: "chainpulse.chain.engine.up",
    kind: "gauge",
    unit: "",
    help: "1 while the consensus client reaches its execution client.",
    labels: perClient,
    rollup: "min",
  },
  published: {
    name: "chainpulse.chain.validator.published",
    kind: "counter",
    unit: "{duty}",
    help: "Duties whose messages the validator client has published, as it says itself; whether they were included is another matter.",
    labels: { ...perClient, duty: duties },
  },
  publishDelay: {
    name: "chainpulse.chain.validator.publish.delay",
    kind: "gauge",
    unit: "s",
    help: "How long after the moment that the protocol has for it the validator client published its last messages; earlier is negative.",
    labels: { ...perClient, duty: duties },
    rollup: "max",
  },
  signFailures: {
    name: "chainpulse.chain.validator.sign.failures",
    kind: "counter",
    unit: "{signature}",
    help: "Signatures that the validator client could not make, or refused because they could be slashed.",
    labels: perClient,
  },
  beaconReady: {
    name: "chainpulse.chain.validator.beacon.ready",
    kind: "gauge",
    unit: "",
    help: "1 while the validator client's beacon node says that it is ready, 0 while it is syncing, ill or away.",
    labels: perClient,
    rollup: "min",
  },
});
