/** What comes in through which door and goes out to whom, live, and how to connect others. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Panel } from "../../../core/panel.ts";
import type { Forwarding, Receiving } from "../../data/flow.ts";
import { sections, serverNow } from "../../data/server.ts";
import { usePolled } from "../../data/use-polled.ts";
import { DataTabs } from "../../parts/data-tabs.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { PanelView } from "../../views/panel.tsx";
import { ConnectSection } from "./connect-section.tsx";
import { DestinationTable } from "./destination-table.tsx";
import { DoorTable } from "./door-table.tsx";
import { FlowPicture } from "./flow-picture.tsx";
import { useLooks } from "./use-looks.ts";

const refreshMs = 2000;

export function SourcesPage(): JSX.Element {
  const received = usePolled<Receiving>("/api/v1/performance/receiving", refreshMs);
  const forwarded = usePolled<Forwarding>("/api/v1/performance/forwarding", refreshMs);
  const incoming = useLooks(received.answer.value, received.answer.value?.timestampMs ?? 0);
  // The answer carries no time of its own; a difference of the way is small beside the time between two answers.
  const outgoing = useLooks(forwarded.answer.value, serverNow());
  return (
    <>
      <DataTabs />
      <div class="page-head">
        <h1>What comes in and goes out</h1>
      </div>
      <PollNote of={received} what="What comes in" />
      {forwarded.failure.value === null ? null : <PollNote of={forwarded} what="What goes out" />}
      {incoming === null || outgoing === null ? null : (
        <>
          <FlowPicture incoming={incoming} outgoing={outgoing} />
          <section class="section" aria-labelledby="doors-title">
            <div class="section-head">
              <h2 id="doors-title">In, since the start</h2>
            </div>
            <DoorTable receiving={incoming.now} />
          </section>
          <section class="section" aria-labelledby="destinations-title">
            <div class="section-head">
              <h2 id="destinations-title">Out, since the start</h2>
            </div>
            <DestinationTable forwarding={outgoing.now} />
          </section>
          <History doors={incoming.now.doors.length > 0} destinations={outgoing.now.destinations.length > 0} />
        </>
      )}
      <ConnectSection />
    </>
  );
}

/** Ids of the declared charts of the two directions. */
const panelIds = {
  doors: ["self-intake-received", "self-intake-requests", "self-intake-refused"],
  destinations: ["self-forward-samples", "self-forward-lag"],
} as const;

/** Charts of what nobody uses would be empty frames. */
function History({ doors, destinations }: { readonly doors: boolean; readonly destinations: boolean }): JSX.Element {
  const panels = useMemo<readonly Panel[]>(() => {
    const wanted: readonly string[] = [...(doors ? panelIds.doors : []), ...(destinations ? panelIds.destinations : [])];
    return (sections.value ?? []).flatMap((section) => section.panels.filter(({ id }) => wanted.includes(id)));
  }, [sections.value, doors, destinations]);
  if (panels.length === 0) return <></>;
  return (
    <section class="section" aria-labelledby="flow-history">
      <div class="section-head">
        <h2 id="flow-history">Over time</h2>
      </div>
      <div class="grid grid-dense">
        {panels.map((panel) => (
          <PanelView key={panel.id} panel={panel} height={150} />
        ))}
      </div>
    </section>
  );
}
