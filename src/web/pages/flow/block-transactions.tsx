/** The transactions of a block that have a trace of their own. */
import type { JSX } from "preact";
import { flowAttributes, flowSpans } from "../../../core/flow-names.ts";
import type { BlockFlow } from "../../../core/trace/flow.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import type { TraceList } from "../../data/telemetry.ts";
import { usePolled } from "../../data/use-polled.ts";
import { PollNote } from "../../parts/poll-note.tsx";
import { flowHref } from "../../state/flow-href.ts";

/** A transaction's trace begins when it was first seen, which may be long before its block. */
const longestWaitMs = 6 * 3_600_000;
const listMax = 200;

export function BlockTransactions({ block: { hash, startMs, transactions } }: { readonly block: BlockFlow }): JSX.Element {
  const query = new URLSearchParams({
    name: flowSpans.transaction,
    attribute: `${flowAttributes.blockHash}=${hash}`,
    from: String((startMs - longestWaitMs) / 1000),
    to: String((startMs + longestWaitMs) / 1000),
    limit: String(listMax),
  });
  const polled = usePolled<TraceList>(hash === "" ? null : `/api/v1/performance/traces?${query.toString()}`, null);
  const list = polled.answer.value;
  if (list === null) return <PollNote of={polled} what="Its transactions" />;
  const of = transactions === null ? "" : ` of ${transactions.toLocaleString("en")}`;
  return (
    <>
      <p class="table-facts dim">
        {list.traces.length}
        {list.next === null ? "" : " or more"}
        {of} {list.traces.length === 1 ? "was" : "were"} traced
        {list.traces.length === 0 ? ": those that a node had seen before, or that were sampled." : "."}
      </p>
      {list.traces.length === 0 ? null : (
        <div class="table-scroll list-scroll" tabIndex={0} role="region" aria-label="Transactions of this block">
          <table class="table table-dense">
            <thead>
              <tr>
                <th scope="col">Trace</th>
                <th scope="col">First seen</th>
                <th scope="col">Clients</th>
              </tr>
            </thead>
            <tbody>
              {list.traces.map(({ traceId, startMs: seenMs, services }) => (
                <tr key={traceId}>
                  <th scope="row">
                    <a class="mono" href={flowHref("/transactions", traceId)}>
                      {traceId}
                    </a>
                  </th>
                  <td>{durationText(startMs - seenMs)} before the block</td>
                  <td>{services.map(({ service }) => service).join(", ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
