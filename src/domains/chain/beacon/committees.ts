/**
 * Committees of a slot. Lodestar before 1.9 (2023) names slot and index of a committee the wrong way round, in its answers and in what it is asked by
 * (ChainSafe/lodestar#5632): there `index` is the slot within the epoch, and `slot` the committee. Which of the two a client does is found once,
 * with a question that has as many answers as an epoch has slots, or else as a slot has committees: no preset has the same number of both.
 */
import { AskFailure } from "../../../io/json-rpc.ts";
import type { Ask } from "../client/ask.ts";
import { Contradiction } from "../client/contradiction.ts";
import { committeesShape } from "./answers.ts";
import { type ChainTime, epochOf, epochStart } from "./chain-time.ts";

/** Validators of each committee, by the committee's index: indices, decimal. */
export type Committees = readonly (readonly string[])[];

/** Of the head's epoch, the one before and the next one. Rejects with `AskFailure`, and with `Contradiction` where some are missing. */
export type AskCommittees = (time: ChainTime, slot: number) => Promise<Committees>;

export function openCommittees({ get }: Pick<Ask, "get">): AskCommittees {
  let isSwapped: boolean | null = null;

  const ask = async (epoch: number, filter: string): Promise<readonly Answer[]> => {
    const path = `eth/v1/beacon/states/head/committees?epoch=${epoch}&${filter}`;
    const answer = await get("beacon/states/committees", path, committeesShape);
    if (answer === null) throw new AskFailure("refused", "committees: status 404", { code: 404 });
    return answer.data;
  };
  const findSwapped = async (time: ChainTime, epoch: number): Promise<boolean> => {
    const firsts = await ask(epoch, "index=0");
    if (firsts.length === 0) throw new Contradiction(`epoch ${epoch} has no committees`);
    return firsts.length !== time.slotsPerEpoch;
  };

  return async (time, slot) => {
    const epoch = epochOf(time, slot);
    isSwapped ??= await findSwapped(time, epoch);
    const place = slot - epochStart(time, epoch);
    const answers = isSwapped ? await ask(epoch, `index=${place}`) : await ask(epoch, `slot=${slot}`);
    const committees = answers.map((answer) =>
      isSwapped === true ? { ...answer, index: answer.slot, slot: answer.index } : answer,
    );
    const sorted = committees.toSorted((a, b) => a.index - b.index);
    const wanted = isSwapped ? place : slot;
    if (sorted.length === 0 || sorted.some((committee, index) => committee.index !== index || committee.slot !== wanted)) {
      // Another version of the client may have been started: which way round it does it is found anew.
      isSwapped = null;
      throw new Contradiction(`the committees of slot ${slot} are not what was asked for`);
    }
    return sorted.map(({ validators }) => validators);
  };
}

type Answer = ReturnType<typeof committeesShape.parse>["data"][number];
