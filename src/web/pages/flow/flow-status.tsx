/** What became of a transaction or block, as a word with its sign. */
import type { JSX } from "preact";
import type { BlockStatus, TransactionStatus } from "../../../core/flow-names.ts";
import type { CheckStatus } from "../../../core/check.ts";
import { StatusWord } from "../../parts/status-word.tsx";

const looks: Readonly<Record<TransactionStatus | BlockStatus, readonly [status: CheckStatus, word: string]>> = {
  pending: ["unknown", "Pending"],
  included: ["ok", "Included"],
  confirmed: ["ok", "Confirmed"],
  finalized: ["ok", "Final"],
  replaced: ["warning", "Replaced"],
  dropped: ["critical", "Dropped"],
  reorged: ["critical", "Taken back"],
  unknown: ["unknown", "Not known"],
  seen: ["unknown", "Seen"],
  canonical: ["ok", "Canonical"],
  orphaned: ["warning", "Did not stay"],
};

export function FlowStatus({ status }: { readonly status: TransactionStatus | BlockStatus | null }): JSX.Element {
  const [look, word] = status === null ? (["unknown", "Not known"] as const) : looks[status];
  return <StatusWord status={look} word={word} />;
}
