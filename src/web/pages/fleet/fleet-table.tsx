/** One page of nodes as a table. */
import type { JSX } from "preact";
import { clockText, statusWords, waitingOf, type FleetColumn, type FleetPage, type FleetRow } from "../../data/fleet.ts";
import { zone } from "../../data/server.ts";
import { fieldTitle } from "../../format/labels.ts";
import { formatQuantity, fromUcum, quantityText } from "../../format/quantity.ts";
import { agoText, dateTime, spanText } from "../../format/time.ts";
import { LabelTags } from "../../parts/label-tags.tsx";
import { NodeLink } from "../../parts/node-link.tsx";
import { pageNow } from "../../parts/page-now.ts";
import { cursorParam } from "../../parts/pager.tsx";
import { SortHead } from "../../parts/sort-head.tsx";
import { StatusWord } from "../../parts/status-word.tsx";
import { address, setParams } from "../../state/router.ts";

/** What the server sorts by when the address does not say. */
const firstSort = "id";

export function FleetTable({ page }: { readonly page: FleetPage }): JSX.Element {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Nodes">
      <table class="table table-cards fleet-table">
        <thead>
          <tr>
            <Head name="id" title="Node" />
            <Head name="status" title="Status" />
            <Head name="health" title="Alerts" />
            {page.columns.map(({ name, help }) => (
              <Head key={name} name={name} title={fieldTitle(name)} help={help} numeric />
            ))}
            <Head name="lastSampleMs" title="Last sample" numeric />
            <th scope="col" class="number" title="How far the node's clock is ahead of this one's, and how sure that is">
              Clock
            </th>
            <th scope="col">Waits, lost, refused</th>
            <th scope="col">Version</th>
          </tr>
        </thead>
        <tbody>
          {page.nodes.map((node) => (
            <Row key={node.id} node={node} columns={page.columns} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps {
  readonly name: string;
  readonly title: string;
  readonly help?: string;
  readonly numeric?: boolean;
}

/** Figures from the largest, names from A; the next click turns it round. */
function Head({ name, title, help, numeric = false }: HeadProps): JSX.Element {
  const { params } = address.value;
  const isSorted = (params.get("sort") ?? firstSort) === name;
  const isDescending = params.get("order") === "desc";
  const choose = (): void => {
    const descending = isSorted ? !isDescending : numeric || name === "health";
    setParams({ sort: name === firstSort ? null : name, order: descending ? "desc" : null, [cursorParam]: null });
  };
  const order = isSorted ? (isDescending ? "descending" : "ascending") : null;
  return <SortHead title={title} help={help} numeric={numeric} order={order} choose={choose} />;
}

function Row({ node, columns }: { readonly node: FleetRow; readonly columns: readonly FleetColumn[] }): JSX.Element {
  const { agent } = node;
  return (
    <tr>
      <th scope="row">
        {node.status === "never" ? node.id : <NodeLink id={node.id} />}
        <div class="dim">
          <span>{node.agent === null && node.status !== "never" ? `${node.type}, this server` : node.type}</span>{" "}
          <LabelTags labels={node.labels} max={4} />
        </div>
      </th>
      <td>
        <StatusWord {...statusWords[node.status]} />
      </td>
      <td data-label="Alerts">{node.health === "ok" ? <span class="dim">none</span> : <StatusWord status={node.health} />}</td>
      {columns.map((column) => (
        <FigureCell key={column.name} column={column} value={node.figures[column.name] ?? null} />
      ))}
      <td
        class="number"
        data-label="Last sample"
        title={node.lastSampleMs === null ? "" : dateTime(node.lastSampleMs, zone.value)}
      >
        {node.lastSampleMs === null ? "–" : agoText(node.lastSampleMs, pageNow())}
      </td>
      <td class="number" data-label="Clock">
        {agent?.state?.clock ? clockText(agent.state.clock) : "–"}
      </td>
      <td class="wrap" data-label="Waits">
        <Buffer node={node} />
      </td>
      <td data-label="Version">{node.version ?? "–"}</td>
    </tr>
  );
}

/** The value, and how much of the whole it is where it is a share. */
function FigureCell({ column, value }: { readonly column: FleetColumn; readonly value: number | null }): JSX.Element {
  const { unit, factor } = fromUcum(column.unit);
  const scaled = value === null ? null : value * factor;
  const quantity = formatQuantity(scaled, unit);
  return (
    <td class="number" data-label={fieldTitle(column.name)}>
      <span class="quantity">
        {quantity.text}
        <small>{quantity.unit}</small>
      </span>
      {unit === "ratio" && scaled !== null ? (
        <span class="bar-share" aria-hidden="true">
          <span style={{ width: `${Math.min(100, Math.max(0, scaled * 100))}%` }} />
        </span>
      ) : null}
    </td>
  );
}

function Buffer({ node }: { readonly node: FleetRow }): JSX.Element {
  const { status, agent } = node;
  if (agent === null) return <span class="dim">{status === "never" ? "its token has not been used" : "–"}</span>;
  const { state, refusedSamples, refusal } = agent;
  if (state === null) return <span class="dim">nothing was sent yet</span>;
  const { buffer, droppedSamples, gap } = state;
  const waiting = waitingOf(node, pageNow());
  return (
    <>
      {waiting === null ? (
        <span class="dim">nothing waits</span>
      ) : (
        <span>
          {quantityText(waiting.bytes, "bytes")} of {quantityText(buffer.maxBytes, "bytes")}, for{" "}
          {spanText(pageNow() - waiting.sinceMs)}
        </span>
      )}
      {droppedSamples === 0 ? null : (
        <div class="error-text">
          {quantityText(droppedSamples, "count")} samples lost
          {gap === null ? "" : `, from ${dateTime(gap.fromMs, zone.value)} to ${dateTime(gap.toMs, zone.value)}`}
        </div>
      )}
      {refusedSamples === 0 ? null : (
        <div class="error-text">
          {quantityText(refusedSamples, "count")} refused{refusal === null ? "" : `: ${refusal}`}
        </div>
      )}
    </>
  );
}
