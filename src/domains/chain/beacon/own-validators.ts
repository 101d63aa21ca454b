/** The operator's validators: which of the configured ones the chain knows, what they are to it, and where they sit in committees. */
import type { ChainSection } from "../../../core/config-chain.ts";
import type { ValidatorAnswer } from "./answers.ts";
import type { Committees } from "./committees.ts";
import type { SlotCommittees } from "./settle-slot.ts";

export interface OwnValidator {
  readonly index: number;
  readonly group: string;
  /** As the Beacon API says it, e.g. `active_ongoing`; `null`: not asked yet. */
  readonly status: string | null;
  /** Not pending, exited or slashed, as far as is known: its duties count. */
  readonly isActive: boolean;
  readonly isSlashed: boolean;
  /** `null`: not asked yet. */
  readonly balanceGwei: number | null;
}

export interface OwnValidators {
  /** Decimal index → the validator, in order of the configuration. */
  readonly byIndex: ReadonlyMap<string, OwnValidator>;
  readonly groups: readonly string[];
  /** What the client is asked for: indices and public keys. */
  readonly ids: readonly string[];
  /** Group → how many of its validators the chain does not know (yet). */
  readonly unknown: ReadonlyMap<string, number>;
}

type Groups = ChainSection["validators"];

/** Before the client was asked: those that are configured by index are known already. */
export function configuredValidators(groups: Groups): OwnValidators {
  const wanted = groupById(groups);
  const byIndex = new Map<string, OwnValidator>();
  for (const [id, group] of wanted) {
    if (isIndex(id))
      byIndex.set(id, { index: Number(id), group, status: null, isActive: true, isSlashed: false, balanceGwei: null });
  }
  return { byIndex, groups: namesOf(groups), ids: [...wanted.keys()], unknown: new Map() };
}

/** With what the client answered. What was not asked for is not looked at. One that is in several groups belongs to the first. */
export function knownValidators(groups: Groups, answers: readonly ValidatorAnswer[]): OwnValidators {
  const wanted = groupById(groups);
  const answerOf = new Map<string, ValidatorAnswer>();
  for (const answer of answers) {
    answerOf.set(String(answer.index), answer);
    answerOf.set(answer.validator.pubkey, answer);
  }
  const byIndex = new Map<string, OwnValidator>();
  const unknown = new Map(groups.map(({ name }) => [name, 0]));
  for (const [id, group] of wanted) {
    const answer = answerOf.get(id);
    if (answer === undefined) {
      unknown.set(group, (unknown.get(group) ?? 0) + 1);
      continue;
    }
    const { index, status, balance, validator } = answer;
    if (byIndex.has(String(index))) continue;
    const { slashed: isSlashed } = validator;
    const isActive = status.startsWith("active") && !isSlashed;
    byIndex.set(String(index), { index, group, status, isActive, isSlashed, balanceGwei: Number(balance) });
  }
  return { byIndex, groups: namesOf(groups), ids: [...wanted.keys()], unknown };
}

/**
 * Who of them had to attest in a slot. Those that are pending or have exited are in no committee; a slashed one stays in its own, and nothing that it
 * does there counts any more.
 */
export function seatsOf(slot: number, committees: Committees, { byIndex }: OwnValidators): SlotCommittees {
  const own: { validator: number; member: number }[] = [];
  let member = 0;
  for (const validators of committees) {
    for (const index of validators) {
      const validator = byIndex.get(index);
      if (validator?.isSlashed === false) own.push({ validator: validator.index, member });
      member++;
    }
  }
  return { slot, sizes: committees.map(({ length }) => length), own };
}

function groupById(groups: Groups): ReadonlyMap<string, string> {
  const wanted = new Map<string, string>();
  for (const { name, indices, pubkeys } of groups) {
    for (const id of [...indices.map(String), ...pubkeys.map((key) => key.toLowerCase())]) {
      if (!wanted.has(id)) wanted.set(id, name);
    }
  }
  return wanted;
}

function namesOf(groups: Groups): readonly string[] {
  return [...new Set(groups.map(({ name }) => name))];
}

function isIndex(id: string): boolean {
  return !id.startsWith("0x");
}
