/**
 * Taking part in consensus, put together: keeps the canonical blocks, judges what has passed, and tells it. Each question to the client that may
 * fail by itself is a part of its own; what is not known is not judged.
 */
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { consensusMetrics as metrics, votes } from "../consensus/metrics.ts";
import { ownSeries } from "../client/own-series.ts";
import type { Part } from "../client/part.ts";
import { type EpochParticipation, openAttestationDuty } from "./attestation-duty.ts";
import type { BeaconApi, ChainFacts } from "./beacon-api.ts";
import { countBlockVotes } from "./block-votes.ts";
import { keepCanonicalBlocks } from "./canonical-blocks.ts";
import { epochOf, slotAt } from "./chain-time.ts";
import { type DutyBook, dutyGauges, openDutyBook } from "./duty-book.ts";
import type { HeadWatch } from "./head-watch.ts";
import { tellMissedSlot } from "./missed-slot.ts";
import { configuredValidators, knownValidators, type OwnValidators } from "./own-validators.ts";
import { followPassedSlots } from "./passed-slots.ts";
import { judgeProposal, openProposerSchedule, type ProposerSchedule } from "./proposal-duty.ts";
import type { BeaconBlock } from "./read-block.ts";
import type { RoundFlow } from "./round-flow.ts";
import { judgeSync, openSyncCommittees, ownMembers, type SyncCommittees } from "./sync-duty.ts";
import { openValidatorStatus, validatorStatusMetrics } from "./validator-status.ts";

export interface DutiesOptions {
  readonly context: ClientContext;
  readonly chain: ChainFacts;
  readonly api: BeaconApi;
  /** Counts what contradicts itself. */
  readonly ask: Pick<Ask, "failed">;
  readonly readBlock: (root: string) => Promise<BeaconBlock | null>;
  readonly headWatch: Pick<HeadWatch, "head">;
  readonly rounds: Pick<RoundFlow, "supported">;
}

/** What all parts look at. */
interface Duties extends DutiesOptions {
  readonly validators: Validators;
  readonly book: DutyBook;
  readonly proposers: ProposerSchedule;
  readonly syncCommittees: SyncCommittees;
}

interface Validators {
  own: OwnValidators;
  /** Whether the client was asked for them, with success or not: nothing is judged before. */
  isAsked: boolean;
}

export function dutyParts(options: DutiesOptions): readonly Part[] {
  const { context, chain, api } = options;
  const own = configuredValidators(context.chain.validators);
  const validators: Validators = { own, isAsked: own.ids.length === 0 };
  const duties: Duties = {
    ...options,
    validators,
    book: openDutyBook(context, chain, () => validators.own),
    proposers: openProposerSchedule(chain, api),
    syncCommittees: openSyncCommittees(chain, api),
  };
  const network = [chainPart(duties), proposersPart(duties)];
  return own.ids.length === 0 ? network : [validatorsPart(duties), syncPart(duties), ...network];
}

/** Statuses and balances. They change with the epoch, and are told again and again: while the client is away all its series are cleared. */
function validatorsPart(duties: Duties): Part {
  const { context, chain, api, validators } = duties;
  const status = openValidatorStatus(context);
  let askedEpoch: number | null = null;
  return {
    name: "validators",
    intervalMs: Math.min(chain.slotMs, tellMsMax),
    metrics: validatorStatusMetrics,
    async read() {
      const epoch = epochOf(chain, slotAt(chain, context.clock.nowMs()));
      if (epoch === askedEpoch) return status.tell(validators.own);
      try {
        validators.own = knownValidators(context.chain.validators, await api.validators(validators.own.ids));
      } finally {
        validators.isAsked = true;
      }
      askedEpoch = epoch;
      status.tell(validators.own);
    },
    clear: () => status.clear(),
  };
}

/** Who proposes when. Of a client that catches up it is not asked: it would have to work out states of long ago. */
function proposersPart(duties: Duties): Part {
  const { context, chain, proposers, headWatch } = duties;
  const { own, clear } = ownSeries(context);
  const nextOf = (group: string) => own.series(metrics.nextProposal, { "validator.group": group });
  return {
    name: "proposers",
    intervalMs: Math.min(chain.slotMs, tellMsMax),
    metrics: [metrics.nextProposal],
    async read() {
      const nowMs = context.clock.nowMs();
      const slot = slotAt(chain, nowMs);
      if (slot < 0 || !isNear(chain, headWatch.head, slot)) return clear();
      await proposers.refresh(slot);
      for (const group of duties.validators.own.groups) {
        const nextMs = proposers.nextOf(group, duties.validators.own, nowMs);
        if (nextMs === null) nextOf(group).clear();
        else nextOf(group).set((nextMs - nowMs) / 1000);
      }
    },
    clear,
  };
}

/** What is held is told anew at least so often. */
const tellMsMax = 5000;

function syncPart(duties: Duties): Part {
  const { context, chain, syncCommittees, headWatch } = duties;
  const periods = ["current", "next"] as const;
  const { own, clear } = ownSeries(context);
  const membersIn = (group: string, period: (typeof periods)[number]) =>
    own.series(metrics.syncCommittee, { "validator.group": group, "sync_committee.period": period });
  return {
    name: "sync committees",
    intervalMs: chain.slotMs,
    metrics: [metrics.syncCommittee],
    async read() {
      const { head } = headWatch;
      if (head === null) return;
      await syncCommittees.refresh(head.number);
      for (const period of periods) {
        const committee =
          period === "current" ? syncCommittees.committeeOf(head.number) : syncCommittees.committeeAfter(head.number);
        const members = committee === null ? null : ownMembers(committee, duties.validators.own);
        for (const group of duties.validators.own.groups) {
          if (members === null) membersIn(group, period).clear();
          else membersIn(group, period).set(members.get(group) ?? 0);
        }
      }
    },
    clear,
  };
}

/** What the blocks say: attestations of all, and the own validators' duties. */
function chainPart(duties: Duties): Part {
  const { context, chain, api, ask, book, readBlock, headWatch, rounds } = duties;
  const blocks = keepCanonicalBlocks(chain, readBlock);
  const passed = followPassedSlots(blocks);
  let participation: EpochParticipation | null = null;
  const attestations = openAttestationDuty({
    time: chain,
    api,
    blocks,
    own: () => duties.validators.own,
    onSlot({ slot, own, included, members }) {
      for (const attestation of own) book.attested(attestation, slot, included / members);
    },
    onEpoch: (epoch) => (participation = epoch),
    onContradiction(contradiction) {
      ask.failed("contradiction");
      context.logger.warn("attestations could not be judged", { error: contradiction });
    },
    onSkipped: (firstEpoch, lastEpoch) =>
      context.logger.warn("attestations of some epochs are not judged: their blocks were not followed", {
        firstEpoch,
        lastEpoch,
      }),
  });
  const votesOfBlocks = countBlockVotes({
    blocks,
    committeesOf: attestations.committeesOf,
    onSupported: (supported) => rounds.supported(supported),
  });
  const tell = (): void => {
    book.publish();
    tellParticipation(context, chain, participation);
  };
  return {
    name: "duties",
    intervalMs: Math.max(context.chain.poll_interval_ms, chain.slotMs / looksPerSlot),
    metrics: [metrics.participation, metrics.duties, metrics.votes, metrics.inclusionDistance, ...dutyGauges],
    async read() {
      const { head } = headWatch;
      if (head === null || !duties.validators.isAsked) return;
      await blocks.follow(head);
      await passed.each((slot, block) => judgeSlot(duties, slot, block));
      await attestations.look();
      votesOfBlocks.look();
      tell();
    },
    clear() {
      book.clear();
      tellParticipation(context, chain, null);
    },
  };
}

const looksPerSlot = 4;

/** What is known as soon as a slot has passed. */
async function judgeSlot(duties: Duties, slot: number, block: BeaconBlock | null): Promise<void> {
  const { context, chain, api, book, proposers, syncCommittees } = duties;
  const { own } = duties.validators;
  const proposer = proposers.proposerOf(slot);
  const isOwn = proposer !== null && own.byIndex.get(String(proposer))?.isActive === true;
  // Asked before anything is counted: where it fails, the slot comes again.
  const outcome = isOwn ? await judgeProposal(proposer, block, () => api.headersAt(slot)) : null;
  if (isOwn && outcome !== null) book.settled({ validator: proposer, duty: "proposal", slot, outcome, others: null });
  if (block === null) return tellMissedSlot(context, chain, slot, proposer);
  context.count(blockMetrics.missedSlots, {}, 0);
  const committee = syncCommittees.committeeOf(slot);
  if (committee === null || block.syncBits === null) return;
  const { share, own: members } = judgeSync(block.syncBits, committee, own);
  for (const { validator, isDone } of members) {
    // The block holds what was signed in the slot before it.
    book.settled({ validator, duty: "sync_committee", slot: slot - 1, outcome: isDone ? "done" : "missed", others: share });
  }
}

/** So many epochs after its end it is still the last one that is known. */
const participationEpochsMax = 4;

function tellParticipation(context: ClientContext, chain: ChainFacts, participation: EpochParticipation | null): void {
  const epoch = epochOf(chain, slotAt(chain, context.clock.nowMs()));
  const isKnown = participation !== null && epoch - participation.epoch <= participationEpochsMax;
  for (const vote of [...votes, "any"] as const) {
    const series = context.series(metrics.participation, { "attestation.vote": vote });
    if (isKnown) series.set(participation.shares[vote]);
    else series.clear();
  }
}

function isNear(chain: ChainFacts, head: BeaconBlock | null, slot: number): boolean {
  return head !== null && slot - head.number < chain.slotsPerEpoch;
}
