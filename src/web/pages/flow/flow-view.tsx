/** One transaction or block: what became of it in a sentence, its way through the nodes as a picture, and the figures. Live while it goes on. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { askedTrace, type AskedTrace } from "../../../core/trace/asked-trace.ts";
import type { Flow } from "../../../core/trace/flow.ts";
import { chainText, flowSentences } from "../../../core/trace/flow-words.ts";
import { analysisUrl, type TraceAnalysis } from "../../data/flow-data.ts";
import { playing } from "../../data/query-board.ts";
import { serverNow, zone } from "../../data/server.ts";
import { usePolled } from "../../data/use-polled.ts";
import { dateTime } from "../../format/time.ts";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { navigate, pageHref, path } from "../../state/router.ts";
import { BlockTransactions } from "./block-transactions.tsx";
import { FlowFacts } from "./flow-facts.tsx";
import { FlowStatus } from "./flow-status.tsx";
import { HopTable, NodeTable, StageTable } from "./flow-tables.tsx";
import { NotFound } from "./not-found.tsx";
import { Part } from "./part.tsx";
import { WayPicture } from "./way-picture.tsx";

/** While something may change any moment, and while only confirmations come. */
const pollMs = { open: 1000, settling: 5000 } as const;
/** After so long what has not become final will not be watched for it. */
const settledAfterMs = 3_600_000;

export function FlowView({ asked }: { readonly asked: AskedTrace }): JSX.Element {
  const everyMs = useSignal<number | null>(pollMs.open);
  const polled = usePolled<TraceAnalysis>(analysisUrl(asked.traceId), playing.value ? everyMs.value : null);
  const answer = polled.answer.value;
  const flow = answer?.flow ?? null;
  useSignalEffect(() => {
    if (polled.failure.value?.status === 404) everyMs.value = pollMs.settling;
    else if (polled.answer.value !== null) everyMs.value = intervalOf(polled.answer.value.flow);
  });
  useRightPage(flow);
  return (
    <>
      {polled.failure.value?.status === 404 ? (
        <NotFound asked={asked} />
      ) : (
        <PollNote of={polled} what="Its way through the nodes" />
      )}
      {answer !== null && flow === null ? <NoFlow traceId={asked.traceId} /> : null}
      {(answer?.warnings ?? []).map((warning) => (
        <p key={warning} class="error-text">
          {warning}
        </p>
      ))}
      {flow === null ? null : <Found flow={flow} />}
    </>
  );
}

/** `null`: nothing of it will change. */
function intervalOf(flow: Flow | null): number | null {
  if (flow === null) return null;
  const { status, startMs } = flow;
  if (status === "pending" || status === "reorged" || status === "seen" || status === null) return pollMs.open;
  const isSettled = status === "finalized" || status === "replaced" || status === "dropped" || status === "orphaned";
  return isSettled || serverNow() - startMs > settledAfterMs ? null : pollMs.settling;
}

/** Who has pasted a hash need not know of what it is: a block that was looked for among the transactions is shown as a block. */
function useRightPage(flow: Flow | null): void {
  const right = flow === null ? null : flow.kind === "block" ? "/blocks" : "/transactions";
  useEffect(() => {
    if (flow !== null && right !== null && path.value !== right)
      navigate(pageHref(right, { hash: askedTrace(flow.hash)?.hash ?? flow.traceId }), { replace: true });
  }, [right]);
}

function Found({ flow }: { readonly flow: Flow }): JSX.Element {
  return (
    <>
      <div class="page-head flow-head">
        <h1>
          {flow.kind === "transaction" ? "Transaction" : "Block"}{" "}
          <span class="mono">{flow.hash === "" ? flow.traceId : flow.hash}</span>
        </h1>
        <p class="page-facts">
          <FlowStatus status={flow.status} />
          {flow.isSimulated ? <DemoBadge /> : null}
          <span>{chainText(flow.chain)}</span>
          <span>{dateTime(flow.startMs, zone.value)}</span>
        </p>
      </div>
      <p class="flow-lead" role="status">
        {flowSentences(flow, serverNow()).join(" ")}
      </p>
      <WayPicture flow={flow} />
      <div class="flow-columns">
        <Part title="Where its time went">
          <StageTable flow={flow} />
        </Part>
        <Part title="From node to node">
          <HopTable flow={flow} />
        </Part>
      </div>
      <Part title="Nodes that saw it">
        <NodeTable flow={flow} />
      </Part>
      {flow.kind === "block" ? (
        <Part title="Its transactions that were traced">
          <BlockTransactions block={flow} />
        </Part>
      ) : null}
      <Part title="Facts">
        <FlowFacts flow={flow} />
      </Part>
    </>
  );
}

function NoFlow({ traceId }: { readonly traceId: string }): JSX.Element {
  return (
    <div class="notice-inline">
      <p>
        This trace is of no transaction and of no block that ChainPulse has observed, or at no node whose clock can be believed.
      </p>
      <p>
        <a href={pageHref("/traces", { trace: traceId })}>See its spans</a>
      </p>
    </div>
  );
}
