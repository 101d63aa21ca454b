/** Clients of all nodes side by side, by one figure over the page's window: which one is slow, behind, or alone. */
import type { JSX } from "preact";
import type { ViewField, ViewList } from "../../../core/view.ts";
import { chainList } from "../../data/chain-declared.ts";
import { status } from "../../data/server.ts";
import { figureText } from "../../format/figure.ts";
import { fieldTitle } from "../../format/labels.ts";
import { spanText } from "../../format/time.ts";
import { ChainTabs } from "../../parts/chain-tabs.tsx";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { ChoiceField } from "../../parts/filter-fields.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { address, pageHref } from "../../state/router.ts";
import { timeRange } from "../../state/time-range.ts";
import type { ComparedRow } from "./compare-rows.ts";
import { programText } from "./program-text.ts";
import { useComparison, type Comparison } from "./use-comparison.ts";

/** What one compares first; all other figures of the two lists follow. */
const first = [
  "clients.syncLagBlocks",
  "clients.headAgeSeconds",
  "clients.blockProcessingMs",
  "clients.blockArrivalMs",
  "clients.connectedPeers",
  "validatorGroups.attestationSuccessPercent",
  "clients.cpuPercent",
  "clients.memoryBytes",
];

interface Figure {
  /** `list.field`. */
  readonly name: string;
  readonly list: ViewList;
  readonly field: ViewField;
}

export function ComparePage(): JSX.Element {
  const clients = chainList("clients");
  const figures = comparable();
  const [usual] = figures;
  const chosen = figures.find(({ name }) => name === address.value.params.get("figure")) ?? usual;
  const polled = useComparison(clients === undefined || chosen === undefined ? undefined : { ...chosen, clients });
  const comparison = polled.answer.value;
  return (
    <>
      <ChainTabs />
      <div class="page-head">
        <h1>Comparison</h1>
        <p class="page-facts">The blockchain clients of all nodes, by one figure.</p>
      </div>
      <div class="table-tools">
        <ChoiceField
          name="figure"
          label="Figure"
          all={usual === undefined ? "None" : fieldTitle(usual.field.name)}
          choices={figures.slice(1).map(({ name, field }) => [name, fieldTitle(field.name)])}
        />
        {comparison === null ? null : <Filters rows={comparison.rows} />}
      </div>
      <PollNote of={polled} what="The comparison" />
      {comparison === null || chosen === undefined ? null : <Compared comparison={comparison} figure={chosen} />}
    </>
  );
}

function comparable(): readonly Figure[] {
  const figures = (["clients", "validatorGroups"] as const).flatMap((name) => {
    const list = chainList(name);
    return (list?.fields ?? []).flatMap((field): Figure[] =>
      list === undefined || field.expr === null ? [] : [{ name: `${name}.${field.name}`, list, field }],
    );
  });
  const place = ({ name }: Figure): number => (first.includes(name) ? first.indexOf(name) : first.length);
  return figures.toSorted((a, b) => place(a) - place(b));
}

function Filters({ rows }: { readonly rows: readonly ComparedRow[] }): JSX.Element {
  const choices = (of: "kind" | "layer") =>
    [...new Set(rows.map((row) => row[of]))].sort().map((value) => [value, value] as const);
  return (
    <>
      <ChoiceField name="kind" label="Client" all="All" choices={choices("kind")} />
      <ChoiceField name="layer" label="Layer" all="All" choices={choices("layer")} />
    </>
  );
}

function Compared({ comparison, figure }: { readonly comparison: Comparison; readonly figure: Figure }): JSX.Element {
  const { params } = address.value;
  const [kind, layer] = [params.get("kind") ?? "", params.get("layer") ?? ""];
  const rows = comparison.rows.filter((row) => (kind === "" || row.kind === kind) && (layer === "" || row.layer === layer));
  const range = timeRange.value;
  const span = spanText(range.kind === "last" ? range.spanMs : range.toMs - range.fromMs);
  const nodes = `${comparison.nodes} ${comparison.nodes === 1 ? "node" : "nodes"}`;
  return (
    <>
      {comparison.problems.map((problem) => (
        <p key={problem} class="error-text" role="alert">
          {problem}
        </p>
      ))}
      {rows.length === 0 ? (
        <p class="series-note">No client of {nodes} has this figure in this window.</p>
      ) : (
        <Bars rows={rows} field={figure.field} />
      )}
      <p class="table-facts dim" role="status">
        {figure.field.help} Mean and highest of {span}; {nodes} with a client.
      </p>
    </>
  );
}

function Bars({ rows, field }: { readonly rows: readonly ComparedRow[]; readonly field: ViewField }): JSX.Element {
  const largest = Math.max(...rows.map(({ mean }) => Math.abs(mean)));
  const cell = (title: string, value: number | null): JSX.Element => (
    <td class="number" data-label={title}>
      {figureText(value, field.unit)}
    </td>
  );
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={`Clients by ${fieldTitle(field.name)}`}>
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">Client</th>
            <th scope="col">Program</th>
            <th scope="col" class="compare-bar">
              Mean, as a bar
            </th>
            <th scope="col" class="number">
              Mean
            </th>
            <th scope="col" class="number">
              Highest
            </th>
            <th scope="col" class="number">
              Now
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <a href={chainHref(row)}>{row.part === "" ? row.client : `${row.client} · ${row.part}`}</a>
                <div class="dim">
                  {row.node} {row.isDemo ? <DemoBadge /> : null}
                </div>
              </th>
              <td class="clip" title={row.version}>
                {programText(row.kind, row.version)}
              </td>
              <td class="compare-bar" aria-hidden="true">
                <span class="bar-share">
                  <span style={{ width: `${largest === 0 ? 0 : (Math.abs(row.mean) / largest) * 100}%` }} />
                </span>
              </td>
              {cell("Mean", row.mean)}
              {cell("Highest", row.most)}
              {cell("Now", row.last)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The client on its own node's page. */
function chainHref({ node, client }: ComparedRow): string {
  return pageHref("/chain", { node: node === status.value?.node.id ? null : node, client });
}
