/** What the pages about a node's clients have in common: their tabs, their heading, a word on chains that are made for show, and on none. */
import type { ComponentChildren, JSX } from "preact";
import { chainList } from "../../data/chain-declared.ts";
import { hasChain } from "../../data/chain-presence.ts";
import { viewsError } from "../../data/server.ts";
import type { Polled } from "../../data/use-polled.ts";
import { useViewRows, type ViewRows } from "../../data/use-view-rows.ts";
import type { ViewRow } from "../../data/view-rows.ts";
import { ChainTabs } from "../../parts/chain-tabs.tsx";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { NoClient } from "./no-client.tsx";

interface Props {
  /** Whether the page shows the clients' figures: else it is asked only which ones there are. */
  readonly hasFigures?: boolean;
  readonly title: string;
  /** What the page is about, in one sentence. */
  readonly facts: string;
  readonly children: (clients: readonly ViewRow[]) => ComponentChildren;
}

/** The page's content gets the clients that are watched; it is shown while there are some, or were. */
export function ChainFrame({ hasFigures = false, title, facts, children }: Props): JSX.Element {
  const list = chainList("clients");
  const polled = useViewRows(list === undefined || hasFigures ? list : { ...list, fields: list.fields.slice(0, 1) });
  const clients = polled.answer.value?.rows ?? null;
  return (
    <>
      <ChainTabs />
      <div class="page-head">
        <h1>{title}</h1>
        <p class="page-facts">{facts}</p>
      </div>
      <RowsNote of={polled} what="The clients" />
      {clients === null ? null : (
        <>
          <DemoNote clients={clients} />
          {clients.length === 0 ? <NoClient had={hasChain.value} /> : null}
          {clients.length > 0 || hasChain.value ? children(clients) : null}
        </>
      )}
    </>
  );
}

/** Whether a row is of a chain that is made for show. */
export function isDemo({ texts }: ViewRow): boolean {
  return texts["simulated"] === "true";
}

/** Why rows could not be read, or not all of their figures. */
export function RowsNote({ of, what }: { readonly of: Polled<ViewRows>; readonly what: string }): JSX.Element {
  if (viewsError.value !== null)
    return (
      <p class="error-text" role="alert">
        {what} could not be loaded. {viewsError.value}
      </p>
    );
  return (
    <>
      <PollNote of={of} what={what} />
      {(of.answer.value?.problems ?? []).map((problem) => (
        <p key={problem} class="error-text" role="alert">
          {problem}
        </p>
      ))}
    </>
  );
}

function DemoNote({ clients }: { readonly clients: readonly ViewRow[] }): JSX.Element {
  const names = clients.filter(isDemo).map(({ texts }) => texts["name"]);
  if (names.length === 0) return <></>;
  return (
    <p class="demo-note">
      <DemoBadge /> {names.join(", ")}: a chain that is made for show. Nothing of it is a real network's.
    </p>
  );
}
