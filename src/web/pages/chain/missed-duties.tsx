/** Duties that were missed, newest first, each with its slot, and whether others missed it too. */
import type { JSX } from "preact";
import type { StoredEvent } from "../../../core/node-event.ts";
import { eventsUrl, type EventPage } from "../../data/chain-events.ts";
import { playing } from "../../data/query-board.ts";
import { zone } from "../../data/server.ts";
import { usePolled } from "../../data/use-polled.ts";
import { quantityText } from "../../format/quantity.ts";
import { dateTime } from "../../format/time.ts";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { cursorParam, Pager } from "../../parts/pager.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { address } from "../../state/router.ts";
import { timeRange } from "../../state/time-range.ts";
import { missedDuties, slotsText, type MissedDuty } from "./missed-duty.ts";

const eventsPerPage = 200;
const refreshMs = 5000;

export function MissedDuties(): JSX.Element {
  const range = timeRange.value;
  const toMs = range.kind === "between" ? range.toMs : null;
  const cursor = address.value.params.get(cursorParam);
  const repeats = toMs === null && playing.value;
  const url = eventsUrl({ kind: "chain.duty", limit: eventsPerPage, toMs, cursor });
  const polled = usePolled<EventPage>(url, repeats ? refreshMs : null);
  const page = polled.answer.value;
  return (
    <section class="section" aria-labelledby="missed-title">
      <div class="section-head">
        <h2 id="missed-title">Missed duties</h2>
      </div>
      <PollNote of={polled} what="The missed duties" />
      {page === null ? null : page.events.length === 0 ? (
        <p class="dim">None in the time that is kept.</p>
      ) : (
        <>
          <DutyTable events={page.events} />
          <Pager next={page.next} facts="" />
        </>
      )}
    </section>
  );
}

function DutyTable({ events }: { readonly events: readonly StoredEvent[] }): JSX.Element {
  return (
    <div class="table-scroll list-scroll" tabIndex={0} role="region" aria-label="Missed duties">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">Newest</th>
            <th scope="col">Validator</th>
            <th scope="col">Duty</th>
            <th scope="col">Outcome</th>
            <th scope="col" class="number">
              Epoch
            </th>
            <th scope="col">Slots</th>
            <th scope="col">The others</th>
          </tr>
        </thead>
        <tbody>
          {missedDuties(events).map((missed) => (
            <DutyLine key={missed.key} missed={missed} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DutyLine({ missed }: { readonly missed: MissedDuty }): JSX.Element {
  const { client, group, validator, duty, outcome, epoch, timeMs, count, slots, others, isDemo } = missed;
  return (
    <tr>
      <th scope="row">{dateTime(timeMs, zone.value)}</th>
      <td>
        {validator ?? "several"} {isDemo ? <DemoBadge /> : null}
        <div class="dim">{[group, client].filter((text) => text !== "").join(" · ")}</div>
      </td>
      <td>{duty.replaceAll("_", " ")}</td>
      <td>{count === 1 ? outcome : `${count.toLocaleString("en")} ${outcome}`}</td>
      <td class="number" data-label="Epoch">
        {epoch?.toLocaleString("en") ?? "–"}
      </td>
      <td data-label="Slots" title={slots.join(", ")}>
        {slotsText(slots)}
      </td>
      <td class="wrap" data-label="The others">
        {othersText(others)}
      </td>
    </tr>
  );
}

/** Below this share of the others that did it, it was not this node alone: the same limit as in `domains/chain/expressions/consensus.ts`. */
const ordinary = 0.8;

function othersText(share: number | null): string {
  if (share === null) return "not known";
  return `${quantityText(share, "ratio")} did it${share < ordinary ? ": it was not this node alone" : ""}`;
}
