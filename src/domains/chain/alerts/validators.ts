/**
 * Alerts about validators. What the whole network misses too is told as that, and once: nobody is called for what he cannot change without
 * being told so.
 */
import type { AlertRuleDeclaration } from "../../../core/alert-rule.ts";
import { select } from "../../../core/promql-text.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { clientInAlert as client } from "../checks/client-name.ts";
import { consensusMetrics as c } from "../consensus/metrics.ts";
import { sameClient } from "../expressions/client.ts";
import {
  dutySuccess,
  groupLabel,
  losingValidators,
  othersMissToo,
  participation,
  settledDuties,
  slashedValidators,
} from "../expressions/consensus.ts";
import { connectedPeers } from "../expressions/peers.ts";

const minuteMs = 60_000;
const group = `{{ $labels.${groupLabel} }}`;
const share = "{{ $value | humanizePercentage }}";

/** What makes a proposal fail: no head of today, nobody to verify it or to build the block, nobody to send it to. */
const unhealthy = [
  `${select(blockMetrics.lag)} > 2`,
  `${select(blockMetrics.syncing)} > 0`,
  `${select(c.engineUp)} == 0`,
  `${select(c.optimistic)} > 0`,
  `${connectedPeers} < 1`,
].join(" or ");

export const validatorAlerts: readonly AlertRuleDeclaration[] = [
  {
    name: "ChainProposalAtRisk",
    help: "A block is to be proposed within half an hour, and the client lags, syncs, has an unverified head, no execution client or no peers. A missed proposal cannot be made up for.",
    expr: `${select(c.nextProposal)} < 1800 and ${sameClient} (${unhealthy})`,
    forMs: 0,
    keepFiringForMs: minuteMs,
    severity: "critical",
    summary: `A validator of group ${group} proposes a block in {{ $value | humanizeDuration }}, and ${client} is not fit for it.`,
    action: "See what the client's checks say, and mend that first.",
  },
  {
    name: "ChainProposalSoon",
    help: "A proposal within ten minutes: no time for a restart. Rocket Pool's rule for upcoming proposals (smartnode-install, default.tmpl).",
    expr: `${select(c.nextProposal)} < 600`,
    forMs: 0,
    severity: "info",
    summary: `A validator of group ${group} proposes a block in {{ $value | humanizeDuration }}.`,
    action: "Put off updates and restarts until then.",
  },
  {
    name: "ChainBeaconNotReady",
    help: "Without a beacon node that is ready a validator client does no duty: a minute is an eighth of the time until the next attestation.",
    expr: `${select(c.beaconReady)} == 0`,
    forMs: minuteMs,
    keepFiringForMs: minuteMs,
    severity: "critical",
    summary: `The beacon node of ${client} is not ready.`,
    action: "See whether the beacon node runs and is in sync; point the validator client to another one meanwhile.",
  },
  {
    name: "ChainSignatureRefused",
    help: "What a validator client refuses to sign could be slashed: the same keys may be running elsewhere.",
    expr: `round(increase(${select(c.signFailures)}[10m])) > 0`,
    forMs: 0,
    keepFiringForMs: 10 * minuteMs,
    severity: "critical",
    summary: `${client} could not make, or refused, {{ $value }} signatures within ten minutes.`,
    action: "Make sure that these keys run nowhere else, before anything is restarted; then see its log.",
  },
  {
    name: "ChainAttestationsMissed",
    help: "A validator has missed two attestations in a row, while the others of the network attest. One is chance (ChainPulse's own limit).",
    expr: `${select(c.missesInRow)} > 1 unless ${othersMissToo}`,
    forMs: 0,
    // Two epochs: a validator attests once in each.
    keepFiringForMs: 13 * minuteMs,
    severity: "critical",
    summary: `A validator of group ${group} has missed {{ $value }} attestations in a row.`,
    action: "See the validator client's log and its link to the beacon node; then the head's lag and the execution client.",
  },
  {
    name: "ChainAttestationsFew",
    help: "Less than 95 % of six hours' attestations were included, while the others of the network attest. Limit: Charon's rule (charon-distributed-validator-node, alerts.yml).",
    expr: `${dutySuccess("attestation", "6h")} < 0.95 unless ${othersMissToo}`,
    forMs: 10 * minuteMs,
    keepFiringForMs: 10 * minuteMs,
    severity: "warning",
    summary: `Only ${share} of the attestations of group ${group} were included in six hours.`,
    action: "See which slots were missed, and what the machine, the beacon node and the execution client did then.",
  },
  {
    name: "ChainProposalMissed",
    help: "A proposal was missed, or its block did not stay.",
    expr: `${settledDuties("proposal", "1h", ["missed", "orphaned"])} > 0`,
    forMs: 0,
    severity: "warning",
    summary: `Group ${group} missed or lost {{ $value }} proposals within an hour.`,
    action:
      "See the slot among the missed duties: what the execution client, the relay and the block's arrival were like then.",
  },
  {
    name: "ChainSyncCommitteeFails",
    help: "More than a tenth of an hour's sync committee messages were not included. Limit: Charon's rule (charon-distributed-validator-node, alerts.yml).",
    expr: `${dutySuccess("sync_committee", "1h")} < 0.9 unless ${othersMissToo}`,
    forMs: 5 * minuteMs,
    keepFiringForMs: 5 * minuteMs,
    severity: "warning",
    summary: `Only ${share} of the sync committee messages of group ${group} were included.`,
    action: "See when blocks arrive, and this machine's clock: a message for a head that came late is not included.",
  },
  {
    name: "ChainBalanceFalling",
    help: "Validators lose balance at three or more epochs of half an hour, while the others of the network attest: those are penalties, a withdrawal takes once in days.",
    expr: `${losingValidators} > 0 unless ${othersMissToo}`,
    forMs: 5 * minuteMs,
    keepFiringForMs: 15 * minuteMs,
    severity: "critical",
    summary: `{{ $value }} validators of group ${group} lose balance epoch by epoch.`,
    action: "See whether they attest; make sure that nobody starts them at a second place.",
  },
  {
    name: "ChainValidatorSlashed",
    help: "A slashed validator signed two things that contradict each other; what runs twice is slashed again with the next key.",
    expr: `${slashedValidators} > 0`,
    forMs: 0,
    severity: "critical",
    summary: `{{ $value }} validators of group ${group} were slashed.`,
    action: "Stop every copy of these keys at once, and find the second place where they run.",
  },
  {
    name: "ChainNetworkParticipationLow",
    help: "Less than 80 % of all validators attest: the network has an incident, and alerts about own attestations rest. Below two thirds nothing is finalised (consensus specification).",
    expr: `${participation("any")} < 0.8`,
    forMs: 5 * minuteMs,
    keepFiringForMs: 10 * minuteMs,
    severity: "warning",
    summary: `Only ${share} of the whole network attests, as ${client} sees it: this is no fault of this node alone.`,
    action:
      "Compare with a public explorer: if it sees more, this node is on a branch of its own. Else follow the clients' announcements.",
  },
];
