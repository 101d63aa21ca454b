/** Alerts of a hub about its agents. They are about the agent's node, so that is the node that they name. */
import type { AlertRuleDeclaration } from "../../../core/alert-rule.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { agentMetrics as m } from "./metrics.ts";

const minuteMs = 60_000;
const label = labelOf(m.agentUp, "agent");
const agent = `{{ $labels.${label} }}`;

/** The label `node` of what the hub measures is the hub's. */
function ofItsNode(expr: string): string {
  return `label_replace(${expr}, "node", "$1", "${label}", "(.+)")`;
}

export const agentAlerts: readonly AlertRuleDeclaration[] = [
  {
    name: "ChainPulseAgentDown",
    help: "Nothing is known of a node whose agent is silent: it, its network, or the agent has failed.",
    expr: ofItsNode(`${select(m.agentUp)} == 0`),
    forMs: minuteMs,
    severity: "critical",
    summary: `The agent of ${agent} is silent.`,
    action: "Look whether the node answers, and at its agent's log: `journalctl -u chainpulse-agent`.",
  },
  {
    name: "ChainPulseAgentClockOff",
    help: "Samples keep the agent's time: with a clock that is off, events of two nodes cannot be put in order. NTP keeps far below.",
    expr: ofItsNode(`abs(${select(m.agentClockOffset)}) - ${select(m.agentClockError)} > 1`),
    forMs: 5 * minuteMs,
    keepFiringForMs: 5 * minuteMs,
    severity: "warning",
    summary: `The clock of ${agent} is at least {{ $value | humanizeDuration }} off the hub's.`,
    action: "Make both synchronise their clocks: `timedatectl`, `chronyc tracking`.",
  },
  {
    name: "ChainPulseAgentBufferFilling",
    help: "When the buffer is full the oldest samples are dropped. At half of it there is still as much time as has passed.",
    expr: ofItsNode(`${select(m.agentBuffer)} / ${select(m.agentBufferLimit)} > 0.5`),
    forMs: minuteMs,
    severity: "warning",
    summary: `The buffer of ${agent} is filled to {{ $value | humanizePercentage }}: the hub does not take its samples.`,
    action: "See why in the agent's log; raise forwarding.max_bytes on the node where it must wait longer.",
  },
  {
    name: "ChainPulseAgentDrops",
    help: "Samples that were dropped are lost; the time axis of the node has a mark.",
    expr: ofItsNode(`round(increase(${select(m.agentDropped)}[10m])) > 0`),
    forMs: 0,
    keepFiringForMs: 10 * minuteMs,
    severity: "critical",
    summary: `{{ $value }} samples of ${agent} are lost: its buffer was full.`,
    action: "Raise forwarding.max_bytes and forwarding.max_hours on the node; see why the hub did not take them.",
  },
  {
    name: "ChainPulseAgentRefused",
    help: "What a hub refuses is never asked for again: series beyond its limits, or samples of a wrong clock.",
    expr: ofItsNode(`round(increase(${select(m.agentRefused)}[10m])) > 0`),
    forMs: 0,
    keepFiringForMs: 10 * minuteMs,
    severity: "warning",
    summary: `The hub refuses samples of ${agent}: {{ $value }} in ten minutes.`,
    action: "The node's entry in the fleet says why. Raise storage.max_series_per_node, or set the clocks right.",
  },
];
