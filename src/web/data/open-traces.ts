/** Which of the listed traces go on: a transaction that waits has spans without a length, and would look as if it had taken no time at all. */
import { flowAttributes, flowSpans, type TransactionStatus } from "../../core/flow-names.ts";
import { durationText } from "../../core/trace/time-words.ts";
import type { TraceSummary } from "./telemetry.ts";

/** As many as a list has at most. */
const limit = 500;

/** Asks for those of the listed traces in which a node's transaction waits; `null` where none can be one. */
export function openTracesUrl(traces: readonly TraceSummary[]): string | null {
  const begun = traces.filter(({ root }) => root?.name === flowSpans.transaction).map(({ startMs }) => startMs);
  if (begun.length === 0) return null;
  // Whole seconds: the same question as long as the list is about the same.
  const [from, to] = [Math.floor(Math.min(...begun) / 1000), Math.ceil(Math.max(...begun) / 1000)];
  const pending: TransactionStatus = "pending";
  const query = new URLSearchParams({
    from: String(from),
    to: String(to),
    limit: String(limit),
    name: flowSpans.transaction,
    attribute: `${flowAttributes.status}=${pending}`,
  });
  return `/api/v1/performance/traces?${query.toString()}`;
}

/** How long something has been going on, by the server's clock. */
export function openText(startMs: number, nowMs: number): string {
  return `open for ${durationText(Math.max(0, nowMs - startMs))}`;
}
