/** The peers of the node's clients, one row each, and how well they serve together. */
import type { JSX } from "preact";
import { chainList } from "../../data/chain-declared.ts";
import { useViewRows } from "../../data/use-view-rows.ts";
import { matchesWords, type ViewRow } from "../../data/view-rows.ts";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { ChoiceField, SearchField } from "../../parts/filter-fields.tsx";
import { address } from "../../state/router.ts";
import { wordsOf } from "../../views/arrange-rows.ts";
import { ListTable } from "../../views/list-table.tsx";
import { ChainFrame, isDemo, RowsNote } from "./chain-frame.tsx";
import { ChainSections } from "./chain-sections.tsx";

export function PeersPage(): JSX.Element {
  return (
    <ChainFrame title="Peers" facts="Who the clients are connected with, and how well each of them serves.">
      {() => (
        <>
          <PeerSection />
          <Formula />
          <ChainSections page="peers" />
        </>
      )}
    </ChainFrame>
  );
}

function PeerSection(): JSX.Element {
  const list = chainList("peers");
  const polled = useViewRows(list);
  const rows = polled.answer.value?.rows ?? null;
  return (
    <section class="section" aria-label="Peers">
      <RowsNote of={polled} what="The peers" />
      {list === undefined || rows === null ? null : rows.length === 0 ? (
        <p class="series-note">No client tells of single peers. Their number, where it is known, is below.</p>
      ) : (
        <PeerTable rows={rows} list={list} />
      )}
    </section>
  );
}

interface TableProps {
  readonly list: NonNullable<ReturnType<typeof chainList>>;
  readonly rows: readonly ViewRow[];
}

function PeerTable({ list, rows }: TableProps): JSX.Element {
  const { params } = address.value;
  const [client, direction] = [params.get("client") ?? "", params.get("direction") ?? ""];
  const words = wordsOf(params.get("q") ?? "");
  // Where a peer has no id, its address is its name.
  const hasIds = rows.some(({ texts }) => texts["peer"] !== texts["address"]);
  const texts = ["address", ...(hasIds ? ["peer"] : []), "program", "direction", "client"];
  const found = rows.filter(
    (row) =>
      matchesWords(row, words) &&
      (client === "" || row.texts["client"] === client) &&
      (direction === "" || row.texts["direction"] === direction),
  );
  return (
    <>
      <div class="table-tools">
        <SearchField name="q" label="Filter peers" placeholder="Id, address, program …" isMain />
        <ChoiceField name="client" label="Client" all="All" choices={valuesOf(rows, "client")} />
        <ChoiceField name="direction" label="Direction" all="All" choices={valuesOf(rows, "direction")} />
        <span class="dim" role="status">
          {found.length} of {rows.length} peers
        </span>
      </div>
      {found.length === 0 ? (
        <p class="series-note">No peer matches the filters.</p>
      ) : (
        <ListTable
          list={{ ...list, fields: list.fields.filter(({ name }) => name !== "connected") }}
          rows={found}
          name="Peers"
          sortParam="sort"
          firstSort="score"
          texts={texts}
          face={(field, row) => (field === "address" ? <Address row={row} /> : undefined)}
        />
      )}
    </>
  );
}

function Address({ row }: { readonly row: ViewRow }): JSX.Element {
  const { address: at = "", peer = "" } = row.texts;
  return (
    <>
      {at === "" ? peer : at} {isDemo(row) ? <DemoBadge /> : null}
    </>
  );
}

function valuesOf(rows: readonly ViewRow[], field: string): readonly (readonly [string, string])[] {
  const values = new Set(rows.map(({ texts }) => texts[field] ?? "").filter((text) => text !== ""));
  return [...values].sort().map((value) => [value, value]);
}

/** The words of `domains/chain/peers/score.ts`, which computes it. */
function Formula(): JSX.Element {
  return (
    <details class="absent-panels formula">
      <summary>How the scores are made</summary>
      <p>
        Both are ChainPulse's own, from 0 to 1: the geometric mean of the factors that are known. Each factor is 1 at its best,
        and a half at a value that one would look into.
      </p>
      <dl class="facts">
        <dt>A peer's latency</dt>
        <dd>0.25 s / (0.25 s + round trip)</dd>
        <dt>its loss</dt>
        <dd>0.02 / (0.02 + share of bytes sent again)</dd>
        <dt>its head</dt>
        <dd>3 / (3 + blocks behind the middle of the peers, beyond the first)</dd>
        <dt>All together: peers</dt>
        <dd>mean of the peers' scores</dd>
        <dt>number</dt>
        <dd>peers / (peers + 3)</dd>
        <dt>stability</dt>
        <dd>peers / (peers + those that left in ten minutes)</dd>
        <dt>diversity</dt>
        <dd>
          (1 + mean evenness over networks and programs) / 2; the evenness is Shannon's entropy of the groups, of the most that
          it could be
        </dd>
      </dl>
    </details>
  );
}
