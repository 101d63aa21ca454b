/** The queue of samples to be sent on, and its destinations; nothing while there are none. */
import type { CollectorDeclaration } from "../../../core/collector.ts";
import type { DestinationState } from "../../../core/forward.ts";
import { createWrite } from "../create-write.ts";
import { forwardMetrics as m } from "./metrics.ts";

const intervalMs = 5000;

export const forwardCollector: CollectorDeclaration = {
  id: "self.forward",
  title: "What ChainPulse sends to other servers",
  metrics: Object.values(m),
  intervalMs,
  open(context) {
    const { runtime } = context;
    const write = createWrite(context);
    const writeDestination = (state: DestinationState, nowMs: number): void => {
      const labels = { destination: state.id, "destination.kind": state.kind } as const;
      write(m.forwardSamples, { ...labels, outcome: "sent" }, state.sent);
      write(m.forwardSamples, { ...labels, outcome: "refused" }, state.refused);
      write(m.forwardSamples, { ...labels, outcome: "dropped" }, state.dropped);
      write(m.forwardSamples, { ...labels, outcome: "damaged" }, state.damaged);
      write(m.forwardSamples, { ...labels, outcome: "left_out" }, state.leftOut);
      if (state.spans !== null) {
        write(m.forwardSpans, { ...labels, outcome: "sent" }, state.spans.sent);
        write(m.forwardSpans, { ...labels, outcome: "refused" }, state.spans.refused);
        write(m.forwardSpans, { ...labels, outcome: "left_out" }, state.spans.leftOut);
        write(m.forwardSpanFilesLost, labels, state.spans.skippedFiles);
      }
      write(m.forwardRetries, labels, state.retries);
      write(m.forwardPending, labels, state.pendingSamples);
      write(m.forwardPendingSize, labels, state.pendingBytes);
      write(m.forwardLag, labels, state.pendingSinceMs === null ? 0 : Math.max(0, nowMs - state.pendingSinceMs) / 1000);
    };
    return {
      collect(tick) {
        const facts = runtime.forward();
        if (facts === null) return;
        write(m.forwardQueueSize, {}, facts.bytes);
        write(m.forwardUnsent, {}, facts.unsent);
        for (const state of facts.destinations) writeDestination(state, tick.timestampMs);
      },
    };
  },
};
