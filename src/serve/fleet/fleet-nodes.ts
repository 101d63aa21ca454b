/** The nodes that are shown: this one, the agents that report here, and those that were given a token and have not come yet. */
import { z } from "zod";
import type { CollectStatus } from "../../collect/api.ts";
import { type AgentRecord, agentNode, agentRecord } from "../../core/agent-record.ts";
import { agentStatusOf } from "../../core/agent-status.ts";
import { version as ownVersion } from "../../core/version.ts";
import type { ServeContext } from "../context.ts";
import type { Services } from "../services.ts";

/**
 * `up`: a tick, or a batch, within the last five intervals; `stale`: not; `down`: an agent is silent for more than a minute; `never`: it
 * has a token and has not come yet; `disabled`: the configuration switches collection off.
 */
export const nodeStatuses = ["up", "stale", "down", "never", "disabled"] as const;

export type NodeStatus = (typeof nodeStatuses)[number];

/** What is known of a node that reports from elsewhere. */
const agent = agentRecord
  .pick({
    firstSeenMs: true,
    lastSeenMs: true,
    address: true,
    state: true,
    storedSamples: true,
    refusedSamples: true,
    refusal: true,
  })
  .extend({ samplingIntervalMs: z.number() })
  .meta({ id: "Agent" });

export const fleetNode = z.object({
  id: z.string(),
  type: agentNode.shape.type,
  labels: z.record(z.string(), z.string()),
  role: z.string(),
  version: z.string().nullable(),
  status: z.enum(nodeStatuses),
  lastSampleMs: z.number().nullable(),
  agent: agent.nullable().meta({ description: "Of a node that reports from elsewhere." }),
});

export type FleetNode = z.output<typeof fleetNode>;

/** This node, now. */
export async function readLocalNode({ services, ticks }: Pick<ServeContext, "services" | "ticks">): Promise<FleetNode> {
  const [status, lastSampleMs] = await Promise.all([ticks.collectStatus(), ticks.latestMs()]);
  const { type, labels } = services.config().node;
  const { nodeId: id, role } = services;
  return { id, type, labels, role, version: ownVersion, status: localStatus(services, status), lastSampleMs, agent: null };
}

/** An agent by its id; `null` where none of this name has ever come. */
export function readAgent(services: Services, id: string): FleetNode | null {
  const record = services.agents.find(id);
  return record === null ? null : ofAgent(record, services.clock.nowMs());
}

/** All, this one first. */
export async function readFleet(context: Pick<ServeContext, "services" | "ticks">): Promise<readonly FleetNode[]> {
  const { services } = context;
  const nowMs = services.clock.nowMs();
  const local = await readLocalNode(context);
  const agents = services.agents.list().filter(({ node }) => node !== local.id);
  const come = new Set([local.id, ...agents.map(({ node }) => node)]);
  const awaited = new Set(services.tokens.list().flatMap(({ node }) => (node === null || come.has(node) ? [] : [node])));
  return [local, ...agents.map((record) => ofAgent(record, nowMs)), ...[...awaited].map(neverSeen)];
}

/** Whether there is, or was, something to be seen of a node. */
export function isKnownNode(services: Services, id: string): boolean {
  return id === services.nodeId || services.agents.find(id) !== null;
}

function localStatus(services: Services, { lastTickMs }: CollectStatus): NodeStatus {
  const config = services.config();
  if (!config.enabled) return "disabled";
  return lastTickMs !== null && services.clock.nowMs() - lastTickMs <= 5 * config.sampling_interval_ms ? "up" : "stale";
}

function ofAgent(record: AgentRecord, nowMs: number): FleetNode {
  const { node: id, type, labels, version, lastSampleMs, firstSeenMs, lastSeenMs, address, state, samplingIntervalMs } = record;
  const { storedSamples, refusedSamples, refusal } = record;
  return {
    id,
    type,
    labels,
    role: "agent",
    version,
    status: agentStatusOf(record, nowMs),
    lastSampleMs,
    agent: { firstSeenMs, lastSeenMs, address, state, samplingIntervalMs, storedSamples, refusedSamples, refusal },
  };
}

function neverSeen(id: string): FleetNode {
  return { id, type: "other", labels: {}, role: "agent", version: null, status: "never", lastSampleMs: null, agent: null };
}
