/** A trace's model and its critical path as signals: they follow the clocks, and whether times are to be shown as they were sent. */
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { ClockOffset } from "../../../core/agent-record.ts";
import type { SpanColumns } from "../../../core/span-columns.ts";
import { criticalPath } from "../../../core/trace/critical-path.ts";
import { traceModel, type TraceModel } from "./trace-model.ts";
import { pathShown, type PathShown } from "./waterfall-state.ts";

export interface ShownTrace {
  readonly model: ReadonlySignal<TraceModel>;
  /** `null` until it is known: the first picture does not wait for it. */
  readonly path: ReadonlySignal<PathShown | null>;
  readonly asSent: Signal<boolean>;
}

/** `clocks`: what the hub knows of the nodes' clocks; empty where it knows nothing. */
export function useTraceModel(columns: SpanColumns, clocks: ReadonlyMap<string, ClockOffset>): ShownTrace {
  const known = useMemo(() => signal(clocks), [columns]);
  known.value = clocks;
  const trace = useMemo(() => {
    const asSent = signal(false);
    const model = computed(() => traceModel(columns, asSent.value ? null : known.value));
    return { asSent, model, path: signal<PathShown | null>(null) };
  }, [columns]);
  const model = trace.model.value;
  useEffect(() => {
    // Two tasks later: the frame of the first picture comes before.
    const timer = setTimeout(() => {
      trace.path.value = pathShown(criticalPath(plausibleOnly(model), model.starts), model.starts.length);
    }, pathDelayMs);
    return () => clearTimeout(timer);
  }, [model]);
  return trace;
}

/** A frame and a half. */
const pathDelayMs = 25;

/** Spans of other times are no part of what the trace waited for: they take no time there. */
function plausibleOnly({ columns, times }: TraceModel): SpanColumns {
  if (times.outsideCount === 0) return columns;
  return { ...columns, durationMs: columns.durationMs.map((ms, row) => (times.outside[row] === 1 ? 0 : ms)) };
}
