/** Which node the pages show, and the way to another one. The list is searched on the server: there may be thousands. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { fleetUrl, statusWords, type FleetPage } from "../data/fleet.ts";
import { shownNode, status } from "../data/server.ts";
import { usePolled } from "../data/use-polled.ts";
import { showsNode } from "../state/chosen-node.ts";
import { navigate, pageHref, setParams } from "../state/router.ts";
import { Icon } from "./icon.tsx";
import { Menu } from "./menu.tsx";
import { nodeHref } from "./node-link.tsx";
import { PollNote } from "./poll-note.tsx";
import { StatusWord } from "./status-word.tsx";

/** As many as a list shows without scrolling far. */
const listed = 12;

export function NodeSwitcher(): JSX.Element {
  // The name that is seen comes first: whoever speaks to the page says what they see.
  const name = showsNode.value ? shownNode.value : "All nodes";
  return (
    <Menu
      label={`${name}; choose a node`}
      listLabel="Nodes"
      buttonClass="button node-button"
      face={
        <>
          <span class="clip">{name}</span>
          <Icon name="chevron" />
        </>
      }
      choices={(close) => <NodeList close={close} />}
    />
  );
}

function NodeList({ close }: { readonly close: () => void }): JSX.Element {
  const text = useSignal("");
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => search.current?.focus(), []);
  const query = new URLSearchParams({ limit: String(listed), ...(text.value === "" ? {} : { q: text.value }) });
  const polled = usePolled<FleetPage>(`${fleetUrl}?${query.toString()}`, null);
  const page = polled.answer.value;
  return (
    <div class="node-list">
      <label>
        <span class="visually-hidden">Search nodes</span>
        <input
          class="input"
          type="search"
          placeholder="Search nodes …"
          maxLength={128}
          ref={search}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
      <PollNote of={polled} what="The nodes" />
      {(page?.nodes ?? []).map((node) => (
        <button
          key={node.id}
          type="button"
          aria-current={showsNode.value && node.id === shownNode.value ? "true" : undefined}
          disabled={node.status === "never"}
          onClick={() => (close(), choose(node.id))}
        >
          <span class="clip">{node.id}</span>
          <StatusWord {...statusWords[node.status]} />
        </button>
      ))}
      {page?.nodes.length === 0 ? <p class="dim">No node matches.</p> : null}
      <a href={pageHref("/fleet")} onClick={close}>
        {page === null ? "All nodes" : `All ${page.total} nodes`}
      </a>
    </div>
  );
}

/** The same page of another node; from a page about the whole server, the node's overview. */
function choose(id: string): void {
  if (showsNode.value) setParams({ node: id === status.value?.node.id ? null : id });
  else navigate(nodeHref(id));
}
