/**
 * The sink of what is stored beside samples, with an ear on it: whoever asks is told every span that is stored from now on. At the sink, because
 * it is the one place that spans of all doors and of all observers come through.
 */
import type { Logger } from "../../core/logger.ts";
import type { Span } from "../../core/span.ts";
import type { TelemetrySink } from "../../core/telemetry-sink.ts";

export type SpanListener = (spans: readonly Span[]) => void;

export interface WatchedSink {
  /** As the one that it was made of, and opened when it is first asked for, as that is. */
  readonly sink: () => TelemetrySink;
  /** Tells of spans once they are stored. What is returned ends that. */
  readonly watchSpans: (listener: SpanListener) => () => void;
}

/** A listener that throws costs neither the sender nor other listeners anything: it is in the log. */
export function watchSink(open: () => TelemetrySink, logger: Logger): WatchedSink {
  const listeners = new Set<SpanListener>();
  let opened: { readonly of: TelemetrySink; readonly sink: TelemetrySink } | null = null;

  const tell = (spans: readonly Span[]): void => {
    for (const listener of listeners) {
      try {
        listener(spans);
      } catch (error) {
        logger.error("spans that were stored could not be looked at", { error });
      }
    }
  };
  const wrap = (of: TelemetrySink): TelemetrySink => ({
    addSpans(spans) {
      of.addSpans(spans);
      if (spans.length > 0) tell(spans);
    },
    addLogs: (records) => of.addLogs(records),
    addExemplars: (exemplars) => of.addExemplars(exemplars),
    noteMetadata: (metadata) => of.noteMetadata(metadata),
    addEvents: (events) => of.addEvents(events),
    sync: () => of.sync(),
  });

  return {
    sink() {
      const of = open();
      if (opened?.of !== of) opened = { of, sink: wrap(of) };
      return opened.sink;
    },
    watchSpans(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
