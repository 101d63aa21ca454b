/** What stands around the pages of a node that reports from elsewhere: how it is, or that there is none of this name. */
import type { ComponentChildren, JSX } from "preact";
import { clockText, statusWords, waitingOf, type FleetNode } from "../data/fleet.ts";
import { nodeUrl, shownNode, status } from "../data/server.ts";
import { usePolled } from "../data/use-polled.ts";
import { quantityText } from "../format/quantity.ts";
import { agoText, spanText } from "../format/time.ts";
import { pageHref } from "../state/router.ts";
import { nodeHref } from "./node-link.tsx";
import { pageNow } from "./page-now.ts";
import { StatusWord } from "./status-word.tsx";

const refreshMs = 5000;

export function NodeGate({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const { answer, failure } = usePolled<FleetNode>(nodeUrl(""), refreshMs);
  if (failure.value?.status === 404) return <NoSuchNode />;
  return (
    <>
      <div class="node-strip" role="status">
        {failure.value === null ? null : <span class="error-text">{failure.value.text}</span>}
        {answer.value === null ? <span class="dim">Loading …</span> : <NodeFacts node={answer.value} />}
      </div>
      {children}
    </>
  );
}

function NodeFacts({ node }: { readonly node: FleetNode }): JSX.Element {
  const { agent } = node;
  const state = agent?.state ?? null;
  const waiting = waitingOf(node, pageNow());
  return (
    <>
      <strong>{node.id}</strong>
      <StatusWord {...statusWords[node.status]} />
      <span class="dim">
        {node.type === "other" ? node.role : node.type}
        {node.version === null ? "" : ` ${node.version}`}
      </span>
      {node.lastSampleMs === null ? null : <span>last sample {agoText(node.lastSampleMs, pageNow())}</span>}
      {state?.clock ? <span title="Its clock against the hub's">clock {clockText(state.clock)}</span> : null}
      {waiting === null ? null : (
        <span class="error-text">
          {quantityText(waiting.bytes, "bytes")} wait on it, for {spanText(pageNow() - waiting.sinceMs)}
        </span>
      )}
      {state === null || state.droppedSamples === 0 ? null : (
        <span class="error-text">{quantityText(state.droppedSamples, "count")} samples lost</span>
      )}
      <span class="dim">Why a value is absent, its own page says.</span>
    </>
  );
}

function NoSuchNode(): JSX.Element {
  const own = status.value?.node.id ?? "";
  return (
    <div class="notice">
      <h1>No node {shownNode.value} reports here</h1>
      <p>It has another name, or has never come to this server.</p>
      <p>
        <a href={pageHref("/fleet")}>See all nodes</a>, or <a href={nodeHref(own)}>go to {own}</a>.
      </p>
    </div>
  );
}
