/** Whether an agent reports. A file of its own, because a record's schema takes megabytes in each thread that loads it. */
import type { AgentRecord } from "./agent-record.ts";

/** `up`: heard within the last intervals; `stale`: not for a few; `down`: for more than a minute. */
export const agentStatuses = ["up", "stale", "down"] as const;

export type AgentStatus = (typeof agentStatuses)[number];

const staleAfterIntervals = 5;
/** What is known of an agent is written down every two seconds, and a busy machine is late. */
const staleAfterMsLeast = 10_000;
const downAfterMs = 60_000;

export function agentStatusOf({ lastSeenMs, samplingIntervalMs }: AgentRecord, nowMs: number): AgentStatus {
  const silentMs = nowMs - lastSeenMs;
  const staleAfterMs = Math.max(staleAfterMsLeast, staleAfterIntervals * samplingIntervalMs);
  if (silentMs <= staleAfterMs) return "up";
  return silentMs <= Math.max(downAfterMs, 2 * staleAfterMs) ? "stale" : "down";
}
