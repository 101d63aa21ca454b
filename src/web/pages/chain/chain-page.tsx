/** The node's blockchain clients now: what they are, whether they keep up, their last blocks, and what happened to them. */
import type { JSX } from "preact";
import type { StoredEvent } from "../../../core/node-event.ts";
import { eventsUrl, type EventPage } from "../../data/chain-events.ts";
import { playing } from "../../data/query-board.ts";
import { usePolled } from "../../data/use-polled.ts";
import type { ViewRow } from "../../data/view-rows.ts";
import { PollNote } from "../../parts/poll-note.tsx";
import { address } from "../../state/router.ts";
import { timeRange } from "../../state/time-range.ts";
import { compareCells } from "../../views/arrange-rows.ts";
import { BlockTimeline } from "./block-timeline.tsx";
import { ChainFrame, isDemo } from "./chain-frame.tsx";
import { ChainSections } from "./chain-sections.tsx";
import { ClientCard } from "./client-card.tsx";
import { DutySummary } from "./duty-summary.tsx";
import { Happenings } from "./happenings.tsx";

const refreshMs = 5000;
const eventsAsked = 50;

export function ChainPage(): JSX.Element {
  return (
    <ChainFrame hasFigures title="Chain" facts="The blockchain clients of this node: whether they keep up, and what they do.">
      {(clients) => <Now clients={clients} />}
    </ChainFrame>
  );
}

function Now({ clients }: { readonly clients: readonly ViewRow[] }): JSX.Element {
  const sorted = clients.toSorted(byNeed);
  const ofClients = useEvents("chain.client");
  const reorgs = useEvents("chain.reorg");
  const chosen = chosenOf(sorted);
  const happened = [...eventsOf(ofClients), ...eventsOf(reorgs)];
  return (
    <>
      <div class="client-cards">
        {sorted.map((client) => (
          <ClientCard
            key={client.id}
            client={client}
            events={eventsOf(ofClients)}
            isChosen={client === chosen}
            isOneOfSeveral={clients.length > 1}
          />
        ))}
      </div>
      {chosen === undefined ? null : (
        <div class="section">
          <BlockTimeline key={chosen.id} client={chosen.texts["name"] ?? ""} simulated={isDemo(chosen)} />
        </div>
      )}
      <DutySummary />
      <section class="section" aria-labelledby="happenings-title">
        <div class="section-head">
          <h2 id="happenings-title">What happened</h2>
        </div>
        <PollNote of={ofClients} what="What happened to the clients" />
        <PollNote of={reorgs} what="The reorganisations" />
        {ofClients.answer.value === null || reorgs.answer.value === null ? null : <Happenings events={happened} />}
      </section>
      <ChainSections page="now" />
    </>
  );
}

/** One that does not answer comes first; the others by their names. */
function byNeed(a: ViewRow, b: ViewRow): number {
  const isDown = ({ values }: ViewRow): number => Number(values["up"] === 0);
  return isDown(b) - isDown(a) || compareCells(a.texts["name"], b.texts["name"], false);
}

/** The client in the address; else the first one that has blocks of its own kind: a validator client has none. */
function chosenOf(clients: readonly ViewRow[]): ViewRow | undefined {
  const named = clients.find(({ texts }) => texts["name"] === address.value.params.get("client"));
  return named ?? clients.find(({ values }) => values["headBlock"] !== null) ?? clients[0];
}

function useEvents(kind: "chain.client" | "chain.reorg") {
  const range = timeRange.value;
  const toMs = range.kind === "between" ? range.toMs : null;
  const repeats = toMs === null && playing.value;
  return usePolled<EventPage>(eventsUrl({ kind, limit: eventsAsked, toMs }), repeats ? refreshMs : null);
}

function eventsOf({ answer }: ReturnType<typeof useEvents>): readonly StoredEvent[] {
  return answer.value?.events ?? [];
}
