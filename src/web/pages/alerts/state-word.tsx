/** A rule's or an alert's state as hue, icon and word. */
import type { JSX } from "preact";
import type { CheckStatus } from "../../../core/check.ts";
import type { RuleState } from "../../data/rules.ts";
import { StatusWord } from "../../parts/status-word.tsx";

export const stateWords: Readonly<Record<RuleState, string>> = {
  firing: "Firing",
  pending: "Pending",
  inactive: "Inactive",
  failing: "Failing",
  recording: "Recording",
};

const statuses: Readonly<Record<RuleState, CheckStatus>> = {
  firing: "critical",
  pending: "warning",
  inactive: "ok",
  failing: "warning",
  recording: "ok",
};

export function StateWord({ state }: { readonly state: RuleState }): JSX.Element {
  return <StatusWord status={statuses[state]} word={stateWords[state]} />;
}
