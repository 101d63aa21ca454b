/** All nodes that report here: found, filtered and sorted on the server. A node's name leads to its pages. */
import type { JSX } from "preact";
import { nodeTypes } from "../../../core/node-type.ts";
import { fleetUrl, nodeStatuses, statusWords, type FleetPage as Page } from "../../data/fleet.ts";
import { usePolled } from "../../data/use-polled.ts";
import { askedUrl, ChoiceField, SearchField } from "../../parts/filter-fields.tsx";
import { cursorParam, Pager } from "../../parts/pager.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { FleetTable } from "./fleet-table.tsx";
import { JoinAgent } from "./join-agent.tsx";

/** The server keeps its figures for as long. */
const refreshMs = 5000;
const rowsPerPage = 50;

/** Parameters of the address → of the server. */
const asked = {
  q: "q",
  status: "status",
  type: "type",
  health: "health",
  label: "label",
  sort: "sort",
  order: "order",
  [cursorParam]: "cursor",
} as const;

const healths = [
  ["critical", "Critical"],
  ["warning", "Warning"],
  ["ok", "None"],
  ["unknown", "Not known"],
] as const;

export function FleetPage(): JSX.Element {
  const polled = usePolled<Page>(askedUrl(fleetUrl, asked, { limit: String(rowsPerPage) }), refreshMs);
  const page = polled.answer.value;
  return (
    <>
      <div class="page-head">
        <h1>Fleet</h1>
        {page === null ? null : <Counts page={page} />}
      </div>
      <div class="table-tools">
        <SearchField name="q" label="Find nodes" placeholder="Name, type, label, address …" isMain />
        <ChoiceField
          name="status"
          label="Status"
          all="All"
          choices={nodeStatuses.map((status) => [status, statusWords[status].word])}
        />
        <ChoiceField name="type" label="Type" all="All" choices={nodeTypes.map((type) => [type, type])} />
        <ChoiceField name="health" label="Alerts" all="All" choices={healths} />
        <SearchField name="label" label="Nodes with a label" placeholder="label=value" />
      </div>
      <PollNote of={polled} what="The nodes" />
      {page === null ? null : <Found page={page} />}
    </>
  );
}

function Found({ page }: { readonly page: Page }): JSX.Element {
  const nodes = Object.values(page.counts.status).reduce((sum, count) => sum + count, 0);
  return (
    <>
      {page.problems.map((problem) => (
        <p key={problem} class="error-text" role="alert">
          {problem}
        </p>
      ))}
      {page.nodes.length === 0 ? <p class="series-note">No node matches the filters.</p> : <FleetTable page={page} />}
      <Pager next={page.next} facts={page.total === nodes ? `${nodes} nodes` : `${page.total} of ${nodes} nodes`} />
      <JoinAgent isFirst={nodes <= 1} />
    </>
  );
}

function Counts({ page }: { readonly page: Page }): JSX.Element {
  return (
    <p class="page-facts" role="status">
      {nodeStatuses.map((status) => {
        const count = page.counts.status[status] ?? 0;
        return count === 0 ? null : (
          <span key={status}>
            {count} {statusWords[status].word.toLowerCase()}
          </span>
        );
      })}
      {(page.counts.health.critical ?? 0) > 0 ? (
        <span class="error-text">{page.counts.health.critical} with critical alerts</span>
      ) : null}
    </p>
  );
}
