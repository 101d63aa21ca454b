/** A status as hue, icon and word: never by colour alone. */
import type { JSX } from "preact";
import type { CheckStatus } from "../../core/check.ts";
import { Icon } from "./icon.tsx";

const words: Readonly<Record<CheckStatus, string>> = { ok: "OK", warning: "Warning", critical: "Critical", unknown: "Unknown" };

/** `word` where something other than a check has a status. */
export function StatusWord({
  status,
  word = words[status],
}: {
  readonly status: CheckStatus;
  readonly word?: string;
}): JSX.Element {
  return (
    <span class="status" data-status={status}>
      <Icon name={status} />
      {word}
    </span>
  );
}
