/** Watches the spans that are stored here, and tells what they say of the network: where transactions and blocks wait. */
import type { Absence } from "../../core/absence.ts";
import type { Config } from "../../core/config.ts";
import type { ObserverDeclaration } from "../../core/observer.ts";
import { tracingMetrics } from "./metrics.ts";

/** Time between two looks at what has ended, ms. */
const lookMs = 1000;

export const tracingObserver: ObserverDeclaration = {
  id: "tracing.flow",
  title: "Transaction flow",
  metrics: Object.values(tracingMetrics),
  // Not only where own clients are traced: a hub that watches none is where the spans of all nodes come together.
  wanted: ({ chain }) => chain.enabled,
  followsOthers: true,
  idle,
  async open(context) {
    const { OpenFlows } = await import("./open-flows.ts");
    const { FlowMetrics } = await import("./flow-metrics.ts");
    const told = new FlowMetrics(context);
    const flows = new OpenFlows({
      node: context.node,
      clock: context.clock,
      onEnded: (flow) => told.ended(flow),
      onWaiting: (flow) => told.waiting(flow),
      onLate: (span, flow) => told.late(span, flow),
      onForgotten: (count) => told.forgotten(count),
    });
    context.watchSpans((spans) => flows.add(spans));
    const timer = setInterval(() => {
      flows.check();
      told.tell(flows.size);
    }, lookMs).unref();
    return { close: () => clearInterval(timer) };
  },
};

function idle({ chain }: Config): Absence {
  if (chain.enabled) {
    return {
      reason: "not_present",
      detail: "no blockchain client is watched here, and no spans are received",
      fix: "See docs/chain.md for what clients are found; agents send their spans to their hub.",
    };
  }
  return { reason: "disabled", detail: "chain.enabled is false", fix: "Set it to true." };
}
