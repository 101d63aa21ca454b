/** What else is known of a transaction or block, and where to go on from it. */
import type { JSX } from "preact";
import type { Flow } from "../../../core/trace/flow.ts";
import { estimateText, namesIn, shareText } from "../../../core/trace/flow-words.ts";
import type { Propagation } from "../../../core/trace/hops.ts";
import { spansUrl } from "../../data/flow-data.ts";
import { factsOf } from "../../data/flow-facts.ts";
import type { WholeTrace } from "../../data/telemetry.ts";
import { usePolled } from "../../data/use-polled.ts";
import { PollNote } from "../../parts/poll-note.tsx";
import { flowHref } from "../../state/flow-href.ts";
import { pageHref } from "../../state/router.ts";

export function FlowFacts({ flow }: { readonly flow: Flow }): JSX.Element {
  // Asked anew when it has come a step further: then there is more to say.
  const spans = usePolled<WholeTrace>(`${spansUrl(flow.traceId)}#${flow.status ?? ""}`, null);
  const said = factsOf(flow.kind, spans.answer.value?.resourceSpans ?? []);
  return (
    <>
      {spans.failure.value === null ? null : <PollNote of={spans} what="What its spans say" />}
      <dl class="facts">
        {flow.kind === "transaction" ? <TransactionFacts flow={flow} /> : null}
        <Reached
          title={flow.kind === "transaction" ? "Transaction reached" : "Reached"}
          propagation={flow.kind === "transaction" ? flow.propagation : flow.blockPropagation}
        />
        {flow.kind === "transaction" ? <Reached title="Its block reached" propagation={flow.blockPropagation} /> : null}
        {said.map(({ title, value, isCode }) => [
          <dt key={title}>{title}</dt>,
          <dd key={`${title} value`} class={isCode ? "mono" : undefined}>
            {value}
          </dd>,
        ])}
        <dt>Trace</dt>
        <dd>
          <a href={pageHref("/traces", { trace: flow.traceId })}>All its spans in a waterfall</a>,{" "}
          <a href={pageHref("/logs", { trace: flow.traceId })}>log records with its id</a>
        </dd>
      </dl>
    </>
  );
}

function TransactionFacts({ flow }: { readonly flow: Extract<Flow, { kind: "transaction" }> }): JSX.Element {
  const { blockHash, blockNumber, replacedBy, submittedAt, samplingRatio } = flow;
  return (
    <>
      {blockHash === null ? null : (
        <>
          <dt>Block</dt>
          <dd>
            <a href={flowHref("/blocks", blockHash)}>
              {blockNumber === null ? "" : `${blockNumber.toLocaleString("en")} · `}
              <span class="mono">{blockHash}</span>
            </a>
          </dd>
        </>
      )}
      {replacedBy === null ? null : (
        <>
          <dt>Replaced by</dt>
          <dd>
            <a class="mono" href={flowHref("/transactions", replacedBy)}>
              {replacedBy}
            </a>
          </dd>
        </>
      )}
      <dt>Submitted at</dt>
      <dd>
        {submittedAt === null ? "not known: no watched node says that it came by its own RPC" : namesIn(flow)(submittedAt)}
      </dd>
      {samplingRatio === null || samplingRatio >= 1 ? null : (
        <>
          <dt>Sampled</dt>
          <dd>{shareText(samplingRatio)} of the transactions were traced then, because there were many</dd>
        </>
      )}
    </>
  );
}

function Reached({ title, propagation }: { readonly title: string; readonly propagation: Propagation | null }): JSX.Element {
  if (propagation === null) return <></>;
  const { places, half, most, all } = propagation;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        half of {places} nodes after {estimateText(half)}, 90 % after {estimateText(most)}, all after {estimateText(all)}
      </dd>
    </>
  );
}
