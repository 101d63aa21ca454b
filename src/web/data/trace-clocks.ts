/** What the hub says of a trace beside its spans: how far its nodes' clocks are off, and the transaction or block that it is of. */
import { useMemo } from "preact/hooks";
import type { ClockOffset } from "../../core/agent-record.ts";
import type { SpanColumns } from "../../core/span-columns.ts";
import type { Flow } from "../../core/trace/flow.ts";
import { traceUrl } from "./trace-columns.ts";
import { usePolled } from "./use-polled.ts";

interface ClocksAnswer {
  readonly clocks: readonly ({ readonly node: string } & ClockOffset)[];
  readonly flow: Flow | null;
}

const none: ReadonlyMap<string, ClockOffset> = new Map();

export interface TraceClocks {
  /** By node. Empty while they are on their way, and where nothing is known. */
  readonly clocks: ReadonlyMap<string, ClockOffset>;
  /** `null` while it is on its way, and where the trace is of no transaction and of no block. */
  readonly flow: Flow | null;
  /** Why they could not be read; `null` where that did not fail. */
  readonly failure: string | null;
}

/** Of a trace of no named nodes nothing is asked. */
export function useTraceClocks(traceId: string, { nodes }: SpanColumns): TraceClocks {
  const isAsked = nodes.some((node) => node !== "");
  const { answer, failure } = usePolled<ClocksAnswer>(isAsked ? `${traceUrl(traceId)}/analysis` : null, null);
  const said = answer.value;
  const clocks = useMemo(
    () => (said === null ? none : new Map(said.clocks.map(({ node, offsetMs, errorMs }) => [node, { offsetMs, errorMs }]))),
    [said],
  );
  return { clocks, flow: said?.flow ?? null, failure: failure.value?.text ?? null };
}
