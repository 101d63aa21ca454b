/** The agents of a hub, as samples of the hub: what an agent that is silent cannot tell itself. */
import type { AgentRecord } from "../../../core/agent-record.ts";
import { agentStatusOf } from "../../../core/agent-status.ts";
import type { CollectContext, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import { agentMetrics as m } from "./metrics.ts";

/** Agents are many, and the figures move slowly. */
const intervalMs = 15_000;

type AgentMetric = (typeof m)[keyof typeof m];

/** By the metric's name. */
type Handles = Map<string, SeriesHandle>;

export const agentsCollector: CollectorDeclaration = {
  id: "self.agents",
  title: "Agents that report to this hub",
  metrics: Object.values(m),
  intervalMs,
  open(context) {
    const agents = new Map<string, Handles>();
    return {
      collect({ timestampMs }) {
        const records = context.runtime.agents();
        const nodes = new Set(records.map(({ node }) => node));
        for (const [node, handles] of agents) {
          if (nodes.has(node)) continue;
          for (const handle of handles.values()) handle.release();
          agents.delete(node);
        }
        for (const record of records) {
          const handles: Handles = agents.get(record.node) ?? new Map();
          agents.set(record.node, handles);
          write(context, handles, record, timestampMs);
        }
      },
    };
  },
};

function write(context: CollectContext, handles: Handles, record: AgentRecord, nowMs: number): void {
  for (const [metric, value] of figuresOf(record, nowMs)) {
    if (value === undefined) continue;
    const handle = handles.get(metric.name) ?? context.series(metric, { agent: record.node });
    handles.set(metric.name, handle);
    handle.set(value);
  }
}

/** What an agent has not told is `undefined`. */
function figuresOf(record: AgentRecord, nowMs: number): readonly (readonly [AgentMetric, number | undefined])[] {
  const { buffer, clock, droppedSamples } = record.state ?? {};
  return [
    [m.agentUp, agentStatusOf(record, nowMs) === "down" ? 0 : 1],
    [m.agentSeen, record.lastSeenMs / 1000],
    [m.agentStored, record.storedSamples],
    [m.agentRefused, record.refusedSamples],
    [m.agentBuffer, buffer?.bytes],
    [m.agentBufferLimit, buffer?.maxBytes],
    [m.agentDropped, droppedSamples],
    [m.agentClockOffset, clock ? clock.offsetMs / 1000 : undefined],
    [m.agentClockError, clock ? clock.errorMs / 1000 : undefined],
  ];
}
