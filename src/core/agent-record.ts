/**
 * An agent as its hub knows it. Kept by `store/state/agents.ts`, written by the thread that receives, read by everybody who shows the
 * fleet. A schema and not an interface, because the record is text in a file, and part of the API.
 */
import { z } from "zod";
import { nodeTypes } from "./node-type.ts";

const timeMs = z.number();

/** How far the hub's clock is ahead of the agent's, and by how much that may be wrong either way; NTP's formula, RFC 5905 §8. */
export const clockOffset = z.object({
  offsetMs: z.number(),
  errorMs: z.number().nonnegative(),
  /** When that was so, by the agent's clock. Older agents do not say it, nor the drift. */
  atMs: timeMs.optional(),
  /** How fast the hub's clock gains on the agent's, parts in a million, and by how much that may be wrong either way. */
  drift: z.object({ ppm: z.number(), errorPpm: z.number().nonnegative() }).optional(),
});

export type ClockOffset = z.infer<typeof clockOffset>;

/** What an agent keeps for its hub because it was not taken yet. */
export const agentBuffer = z.object({
  bytes: z.number(),
  maxBytes: z.number(),
  /** Of the oldest sample that waits; `null` when none does. */
  oldestMs: timeMs.nullable(),
});

/** What an agent tells of itself with every batch. */
export const agentState = z.object({
  clock: clockOffset.nullable(),
  buffer: agentBuffer,
  /** Samples that the agent has lost since its buffer was begun, because the buffer was full; counts up. */
  droppedSamples: z.number(),
  /** The times of the samples lost last. */
  gap: z.object({ fromMs: timeMs, toMs: timeMs }).nullable(),
  /** The group that the keys of the connection were agreed with, such as `X25519MLKEM768`; `null` without TLS. */
  tlsGroup: z.string().max(64).nullable(),
});

export type AgentState = z.infer<typeof agentState>;

/** What an agent says of its node when it begins a session. */
export const agentNode = z.object({
  type: z.enum(nodeTypes),
  labels: z.record(z.string().max(128), z.string().max(1024)),
  version: z.string().max(64),
  samplingIntervalMs: z.number().positive().max(60_000),
});

export type AgentNode = z.infer<typeof agentNode>;

export const agentRecord = z.object({
  node: z.string(),
  ...agentNode.shape,
  state: agentState.nullable(),
  firstSeenMs: timeMs,
  /** Of the last request that was taken. */
  lastSeenMs: timeMs,
  /** Time of the newest sample that was stored; `null` before the first. */
  lastSampleMs: timeMs.nullable(),
  /** Where it comes from. */
  address: z.string(),
  /** Identity of the agent's buffer: with another one, its numbers begin anew. */
  outbox: z.string(),
  /** The last record of the buffer that is stored. */
  seq: z.number().nullable(),
  storedSamples: z.number(),
  /** Samples that the hub did not take: beyond limits, too old, or in the future. */
  refusedSamples: z.number(),
  /** Why, the last time. */
  refusal: z.string().nullable(),
});

export type AgentRecord = z.infer<typeof agentRecord>;
