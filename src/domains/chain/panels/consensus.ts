/** Charts of own validators' duties, and of the network's for comparison. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { consensusMetrics as c, votes } from "../consensus/metrics.ts";
import {
  dutySuccess,
  groupLabel,
  inclusionDistance,
  participation,
  rightVotes,
  settledDuties,
} from "../expressions/consensus.ts";
import { perMinute } from "../expressions/client.ts";
import { client, clientAnd } from "./legend.ts";

const group = `${client} {{${groupLabel}}}`;

export const consensusPanels: PanelSection = {
  id: "chain-consensus",
  title: "Consensus duties",
  overview: ["chain_attestations"],
  panels: [
    {
      id: "chain_attestations",
      title: "Attestations included",
      help: "Share of own attestations of the last hour that are on the chain, beside that of the whole network: what both miss is not this node's.",
      unit: "ratio",
      max: 1,
      queries: [
        { expr: dutySuccess("attestation", "1h"), legend: group },
        { expr: participation("any"), legend: `${client} whole network` },
      ],
      thresholds: [{ value: 0.95, label: "low" }],
      metrics: [c.duties.name, c.participation.name],
    },
    {
      id: "chain_misses",
      title: "Attestations missed in a row",
      help: "Of the group's worst validator. Two are no chance.",
      unit: "count",
      queries: [{ expr: select(c.missesInRow), legend: group }],
      thresholds: [{ value: 2, label: "fault" }],
      metrics: [c.missesInRow.name],
    },
    {
      id: "chain_votes",
      title: "Right votes",
      help: "Share of the last hour's included attestations that voted right, by vote. Wrong heads come from late blocks or a slow client.",
      unit: "ratio",
      max: 1,
      queries: votes.map((vote) => ({ expr: rightVotes(vote), legend: `${group} ${vote}` })),
      metrics: [c.votes.name],
    },
    {
      id: "chain_inclusion",
      title: "Inclusion distance",
      help: "Mean slots from an attestation to its block; 1 is the best.",
      unit: "count",
      queries: [{ expr: inclusionDistance, legend: group }],
      metrics: [c.inclusionDistance.name, c.duties.name],
    },
    {
      id: "chain_proposals",
      title: "Proposals of the last day",
      help: "Made, missed, and made but orphaned.",
      unit: "count",
      queries: [
        { expr: settledDuties("proposal", "1d", ["done"]), legend: `${group} made` },
        { expr: settledDuties("proposal", "1d", ["missed"]), legend: `${group} missed` },
        { expr: settledDuties("proposal", "1d", ["orphaned"]), legend: `${group} orphaned` },
      ],
      metrics: [c.duties.name],
    },
    {
      id: "chain_next_proposal",
      title: "Time until the next proposal",
      help: "Of the group's next validator. Restart and update while it is long.",
      unit: "seconds",
      queries: [{ expr: select(c.nextProposal), legend: group }],
      metrics: [c.nextProposal.name],
    },
    {
      id: "chain_sync_committee",
      title: "Sync committee",
      help: "Share of the last hour's messages that were included, and how many own validators are members.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: dutySuccess("sync_committee", "1h"), legend: group }],
      metrics: [c.duties.name],
    },
    {
      id: "chain_published",
      title: "Messages published",
      help: "By the validator client, as it says itself. Whether they were included is another matter.",
      unit: "count/s",
      queries: [{ expr: perMinute(c.published), legend: clientAnd(c.published, "duty") }],
      metrics: [c.published.name],
    },
    {
      id: "chain_publish_delay",
      title: "Publishing delay",
      help: "How long after the moment that the protocol has for it the validator client published its last messages. Seconds late are seconds lost on the way to the block.",
      unit: "seconds",
      queries: [{ expr: select(c.publishDelay), legend: clientAnd(c.publishDelay, "duty") }],
      metrics: [c.publishDelay.name],
    },
    {
      id: "chain_sign_failures",
      title: "Signatures not made",
      help: "In the last hour: what could not be signed, or was refused because it could be slashed.",
      unit: "count",
      queries: [{ expr: `round(increase(${select(c.signFailures)}[1h]))`, legend: client }],
      metrics: [c.signFailures.name],
    },
    {
      id: "chain_validators",
      title: "Validators by status",
      help: "Own validators by their status on the chain.",
      unit: "count",
      form: "stacked",
      queries: [{ expr: select(c.validators), legend: `${group} {{${labelOf(c.validators, "validator.status")}}}` }],
      metrics: [c.validators.name],
    },
    {
      id: "chain_balance",
      title: "Balance",
      help: "Ether of the group's validators together. It steps down with withdrawals, and falls steadily with penalties.",
      unit: "count",
      queries: [{ expr: select(c.groupBalance), legend: group }],
      metrics: [c.groupBalance.name],
    },
    {
      id: "chain_participation",
      title: "Participation of the network",
      help: "Share of all validators' attestations of the last complete epoch, by what they had right. Below two thirds nothing is finalised.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: select(c.participation), legend: clientAnd(c.participation, "attestation.vote") }],
      thresholds: [{ value: 2 / 3, label: "needed for finality" }],
      metrics: [c.participation.name],
    },
  ],
};
