/** What contracts cost: gas by contract and method; time and storage where blocks are traced. */
import type { JSX } from "preact";
import { chainList, type ChainList } from "../../data/chain-declared.ts";
import { useViewRows } from "../../data/use-view-rows.ts";
import type { ViewRow } from "../../data/view-rows.ts";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { ListTable } from "../../views/list-table.tsx";
import { ChainFrame, isDemo, RowsNote } from "./chain-frame.tsx";
import { ChainSections } from "./chain-sections.tsx";

export function ContractsPage(): JSX.Element {
  return (
    <ChainFrame
      title="Contracts"
      facts="Gas is what the chain charges; time is what running a transaction again took, measured from outside."
    >
      {() => (
        <>
          <Rows title="Contracts" list="contracts" texts={["contract", "client"]} sortParam="sort" />
          <Rows title="Methods" list="contractMethods" texts={["method", "contract", "client"]} sortParam="methods" />
          <ChainSections page="contracts" />
        </>
      )}
    </ChainFrame>
  );
}

interface Props {
  readonly title: string;
  readonly list: ChainList;
  readonly texts: readonly string[];
  readonly sortParam: string;
}

function Rows({ title, list: name, texts, sortParam }: Props): JSX.Element {
  const list = chainList(name);
  const polled = useViewRows(list);
  const rows = polled.answer.value?.rows ?? null;
  return (
    <section class="section" aria-label={title}>
      <div class="section-head">
        <h2>{title}</h2>
      </div>
      <RowsNote of={polled} what={title} />
      {list === undefined || rows === null ? null : rows.length === 0 ? (
        <p class="series-note">No transaction was sent to a contract in the last minute, or no client tells of them.</p>
      ) : (
        <ListTable
          list={list}
          rows={rows}
          name={title}
          sortParam={sortParam}
          firstSort="-gasPerSecond"
          texts={texts}
          face={(field, row) => faceOf(field, row, field === texts[0])}
        />
      )}
    </section>
  );
}

/** Both ends of an address: where two differ, these do, too. Its title has all of it. */
function shortened(address: string): string {
  return address.length > 20 ? `${address.slice(0, 10)}…${address.slice(-8)}` : address;
}

/** Values of the label `contract` that are no addresses (`domains/chain/contracts/metrics.ts`). */
const names: Readonly<Record<string, string>> = {
  accounts: "Plain transfers",
  new: "New contracts",
  other: "All others together",
};

function faceOf(field: string, row: ViewRow, isFirst: boolean): JSX.Element | undefined {
  const text = row.texts[field] ?? "";
  const shown = field === "contract" ? (names[text] ?? shortened(text)) : text;
  if (!isFirst) return <>{shown}</>;
  return (
    <span class="contract-name" title={text}>
      {shown} {isDemo(row) ? <DemoBadge /> : null}
    </span>
  );
}
