/** What a hub measures of its agents. The label `node` is the hub's, as with everything that it measures itself; `agent` says whose. */
import { defineMetrics } from "../../../core/metric.ts";

const agent = { agent: null } as const;

export const agentMetrics = defineMetrics({
  agentUp: {
    name: "chainpulse.agent.up",
    kind: "gauge",
    unit: "",
    help: "1 while the agent reports, 0 when it has been silent for more than a minute.",
    labels: agent,
    rollup: "min",
  },
  agentSeen: {
    name: "chainpulse.agent.seen",
    kind: "gauge",
    unit: "s",
    help: "When the agent's last request was taken, seconds since the epoch.",
    labels: agent,
  },
  agentClockOffset: {
    name: "chainpulse.agent.clock.offset",
    kind: "gauge",
    unit: "s",
    help: "How far the hub's clock is ahead of the agent's; samples keep the agent's time.",
    labels: agent,
  },
  agentClockError: {
    name: "chainpulse.agent.clock.error",
    kind: "gauge",
    unit: "s",
    help: "By how much the clock offset may be wrong, either way: half of the quickest exchange's delay.",
    labels: agent,
    rollup: "max",
  },
  agentBuffer: {
    name: "chainpulse.agent.buffer.size",
    kind: "gauge",
    unit: "By",
    help: "What waits on the agent's disk, because the hub has not taken it yet.",
    labels: agent,
    rollup: "max",
  },
  agentBufferLimit: {
    name: "chainpulse.agent.buffer.limit",
    kind: "gauge",
    unit: "By",
    help: "Size of the buffer at which the oldest samples are dropped.",
    labels: agent,
  },
  agentDropped: {
    name: "chainpulse.agent.samples.dropped",
    kind: "counter",
    unit: "{sample}",
    help: "Samples that the agent has lost, because its buffer was full.",
    labels: agent,
  },
  agentStored: {
    name: "chainpulse.agent.samples.stored",
    kind: "counter",
    unit: "{sample}",
    help: "Samples of the agent that the hub has stored.",
    labels: agent,
  },
  agentRefused: {
    name: "chainpulse.agent.samples.refused",
    kind: "counter",
    unit: "{sample}",
    help: "Samples of the agent that the hub did not take: beyond limits, too old, or in the future.",
    labels: agent,
  },
});
