/** What happened to the clients and to their chains, newest first. */
import type { JSX } from "preact";
import type { StoredEvent } from "../../../core/node-event.ts";
import { isSimulated, numberIn, textIn } from "../../data/event-fields.ts";
import { zone } from "../../data/server.ts";
import { agoText, dateTime } from "../../format/time.ts";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { pageNow } from "../../parts/page-now.ts";

/** As many as one reads. */
const shown = 12;

export function Happenings({ events }: { readonly events: readonly StoredEvent[] }): JSX.Element {
  const sorted = events.toSorted((a, b) => b.timeMs - a.timeMs).slice(0, shown);
  if (sorted.length === 0)
    return <p class="dim">No client went away or came back, and no block was taken back, in the time that is kept.</p>;
  return (
    <ul class="happenings">
      {sorted.map((event) => (
        <li key={`${event.kind} ${event.subject} ${event.key}`}>
          <span class="dim" title={dateTime(event.timeMs, zone.value)}>
            {agoText(event.timeMs, pageNow())}
          </span>
          <strong>{event.subject}</strong>
          {isSimulated(event) ? <DemoBadge /> : null}
          <span>{sentenceOf(event)}</span>
        </li>
      ))}
    </ul>
  );
}

/** What happened, as the kind's declaration has it. */
const words: Readonly<Record<string, string>> = {
  down: "does not answer",
  up: "answers again",
  restarted: "was started anew",
  stalled: "its head does not move",
  moving: "its head moves again",
  version: "has another version",
  partitioned: "has lost all its peers",
  healed: "has peers again",
};

function sentenceOf({ kind, fields }: StoredEvent): string {
  if (kind === "chain.reorg") return reorgText(numberIn(fields, "depth"), numberIn(fields, "commonNumber"));
  const what = textIn(fields, "what") ?? "";
  const detail = textIn(fields, "detail") ?? "";
  // Of one that answers there is no more to say.
  return `${words[what] ?? what}${detail === "" || what === "up" ? "" : `: ${detail}`}`;
}

function reorgText(depth: number | null, common: number | null): string {
  const blocks = depth === null ? "blocks" : depth === 1 ? "1 block" : `${depth} blocks`;
  return `reorganisation: ${blocks} taken back${common === null ? "" : `, up to block ${common.toLocaleString("en")}`}`;
}
