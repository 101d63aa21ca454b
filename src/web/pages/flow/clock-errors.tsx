/** How far the clocks of the nodes are off, and how well that is known: no hop can be known better. */
import type { JSX } from "preact";
import { clockText, fleetUrl, type FleetPage } from "../../data/fleet.ts";
import { usePolled } from "../../data/use-polled.ts";
import { NodeLink } from "../../parts/node-link.tsx";
import { PollNote } from "../../parts/poll-note.tsx";

interface Props {
  /** Those that the page's figures are of. */
  readonly nodes: readonly string[];
  /** Places that were left out, by reason. */
  readonly excluded: Readonly<Record<string, number>>;
}

const refreshMs = 30_000;
const nodesMax = 100;

export function ClockErrors({ nodes, excluded }: Props): JSX.Element {
  const polled = usePolled<FleetPage>(`${fleetUrl}?limit=${nodesMax}`, refreshMs);
  const fleet = polled.answer.value;
  if (fleet === null) return <PollNote of={polled} what="The clocks" />;
  const known = fleet.nodes.filter(({ id }) => nodes.includes(id));
  return (
    <>
      <ul class="clock-list">
        {known.map(({ id, agent }) => (
          <li key={id}>
            <NodeLink id={id} />{" "}
            {agent === null ? "this server's own" : agent.state?.clock ? clockText(agent.state.clock) : "not compared"}
          </li>
        ))}
      </ul>
      {Object.entries(excluded).map(([reason, count]) => (
        <p key={reason} class="table-facts">
          {count.toLocaleString("en")} times a node was left out, because {reason}.
        </p>
      ))}
      <p class="table-facts dim">
        How far each clock is ahead of this server's. Times are corrected by it; what is left is its error, which is in every
        hop.
      </p>
    </>
  );
}
