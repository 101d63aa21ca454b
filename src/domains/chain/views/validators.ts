/** Own validators: groups, and those that have series of their own. */
import { labelOf, select } from "../../../core/promql-text.ts";
import type { ViewList } from "../../../core/view.ts";
import { consensusMetrics as c } from "../consensus/metrics.ts";
import { dutySuccess, groupLabel, inclusionDistance, perGroup, rightVotes, settledDuties } from "../expressions/consensus.ts";
import { percent } from "./units.ts";

const client = { field: "client", label: labelOf(c.duties, "chain.client"), help: "The client that tells of them." };

export const validatorGroupList: ViewList = {
  name: "validatorGroups",
  help: "Groups of own validators; of one that several clients tell of, the worse figure.",
  key: { field: "group", label: groupLabel, help: "Name of the group." },
  labels: [
    client,
    { field: "simulated", label: labelOf(c.duties, "simulated"), help: "true for a chain that is made for show." },
  ],
  fields: [
    { name: "validators", help: "How many it has.", unit: "{validator}", reduce: "max", expr: perGroup(select(c.validators)) },
    {
      name: "active",
      help: "How many have duties now.",
      unit: "{validator}",
      reduce: "min",
      expr: perGroup(select(c.validators, { "validator.status": { matches: "active.*" } })),
    },
    {
      name: "attestationSuccessPercent",
      help: "Attestations of the last hour that were included.",
      reduce: "min",
      expr: dutySuccess("attestation", "1h"),
      ...percent,
    },
    {
      name: "rightHeadPercent",
      help: "Included attestations of the last hour that voted for the right head.",
      reduce: "min",
      expr: rightVotes("head"),
      ...percent,
    },
    {
      name: "inclusionDistanceSlots",
      help: "Mean slots from an attestation to its block; 1 is the best.",
      unit: "{slot}",
      reduce: "max",
      expr: inclusionDistance,
    },
    {
      name: "missesInRow",
      help: "Attestations in a row that the worst validator has missed.",
      unit: "{duty}",
      reduce: "max",
      expr: select(c.missesInRow),
    },
    {
      name: "lastMissedSlot",
      help: "Slot of the newest attestation that was missed.",
      unit: "{slot}",
      reduce: "max",
      expr: select(c.lastMissedSlot, { duty: "attestation" }),
    },
    {
      name: "proposalsMade",
      help: "Proposals of the last day that are on the chain.",
      unit: "{duty}",
      reduce: "min",
      expr: settledDuties("proposal", "1d", ["done"]),
    },
    {
      name: "proposalsMissed",
      help: "Proposals of the last day that were missed or did not stay.",
      unit: "{duty}",
      reduce: "max",
      expr: settledDuties("proposal", "1d", ["missed", "orphaned"]),
    },
    {
      name: "nextProposalSeconds",
      help: "Time until the group's next known proposal.",
      unit: "s",
      reduce: "min",
      expr: select(c.nextProposal),
    },
    {
      name: "syncCommitteeMembers",
      help: "Validators in the current sync committee.",
      unit: "{validator}",
      reduce: "max",
      expr: select(c.syncCommittee, { "sync_committee.period": "current" }),
    },
    { name: "balanceEther", help: "Their balance together.", unit: "{ether}", reduce: "min", expr: select(c.groupBalance) },
  ],
};

export const validatorList: ViewList = {
  name: "validators",
  help: "Own validators, the first 256 of them.",
  key: { field: "validator", label: labelOf(c.balance, "validator"), help: "Its index." },
  labels: [client, { field: "group", label: groupLabel, help: "Its group." }],
  fields: [
    { name: "balanceEther", help: "Its balance.", unit: "{ether}", reduce: "min", expr: select(c.balance) },
    {
      name: "attesting",
      help: "1 where its newest settled attestation was included.",
      unit: "1",
      reduce: "min",
      expr: select(c.validatorUp),
    },
  ],
};
