/** Checks of a hub about its agents: one sentence each for the worst of them. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { agentMetrics as m } from "./metrics.ts";

const agent = `{{${labelOf(m.agentUp, "agent")}}}`;

export const agentChecks: readonly CheckDeclaration[] = [
  {
    id: "self.agents",
    title: "Agents report",
    help: "Nothing is known of a node whose agent is silent.",
    expr: select(m.agentUp),
    direction: "below",
    warning: 1,
    forMs: 60_000,
    unit: "count",
    message: `The agent of ${agent} is silent, since {{$since}}.`,
    ok: "All agents report.",
    action: "Look whether the node answers, and at its agent's log.",
    metrics: [m.agentUp.name],
  },
  {
    id: "self.agent_clocks",
    title: "Clocks of agents agree",
    help: "Samples keep the agent's time: with a clock that is off, events of two nodes cannot be put in order.",
    expr: `abs(${select(m.agentClockOffset)}) - ${select(m.agentClockError)}`,
    direction: "above",
    warning: 1,
    critical: 60,
    forMs: 60_000,
    unit: "seconds",
    message: `The clock of ${agent} is at least {{$value}} off this one.`,
    ok: "The clocks of all agents agree with this one.",
    action: "Make both synchronise their clocks: `timedatectl`, `chronyc tracking`.",
    metrics: [m.agentClockOffset.name],
  },
  {
    id: "self.agent_buffers",
    title: "Buffers of agents have room",
    help: "When a buffer is full the oldest samples are dropped.",
    expr: `${select(m.agentBuffer)} / ${select(m.agentBufferLimit)}`,
    direction: "above",
    warning: 0.5,
    critical: 0.9,
    forMs: 60_000,
    unit: "ratio",
    message: `The buffer of ${agent} is filled to {{$value}}.`,
    ok: "No agent's buffer is filled beyond {{$value}}.",
    action: "See in the agent's log why the hub does not take its samples; raise forwarding.max_bytes on the node.",
    metrics: [m.agentBuffer.name],
  },
];
