/** The nodes that report here, as the server lists them (`serve/fleet/fleet-page.ts`), and the words for how they are. */
import type { CheckStatus } from "../../core/check.ts";

export const nodeStatuses = ["up", "stale", "down", "never", "disabled"] as const;

export type NodeStatus = (typeof nodeStatuses)[number];

/** A node, without what a list says beside it. */
export interface FleetNode {
  readonly id: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly role: string;
  readonly version: string | null;
  readonly status: NodeStatus;
  readonly lastSampleMs: number | null;
  /** `null` for the node that serves the page. */
  readonly agent: Agent | null;
}

export interface Agent {
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly address: string;
  readonly samplingIntervalMs: number;
  readonly storedSamples: number;
  readonly refusedSamples: number;
  readonly refusal: string | null;
  /** `null` before its first batch. */
  readonly state: {
    /** How far the hub's clock is ahead of the agent's, and by how much that may be wrong. */
    readonly clock: { readonly offsetMs: number; readonly errorMs: number } | null;
    readonly buffer: { readonly bytes: number; readonly maxBytes: number; readonly oldestMs: number | null };
    readonly droppedSamples: number;
    readonly gap: { readonly fromMs: number; readonly toMs: number } | null;
    readonly tlsGroup: string | null;
  } | null;
}

export interface FleetRow extends FleetNode {
  readonly health: CheckStatus;
  readonly figures: Readonly<Record<string, number | null>>;
}

export interface FleetColumn {
  readonly name: string;
  readonly help: string;
  /** UCUM. */
  readonly unit: string;
}

export interface FleetPage {
  readonly timestampMs: number | null;
  readonly nodes: readonly FleetRow[];
  readonly next: string | null;
  /** Of the nodes that the filters let through. */
  readonly total: number;
  /** Of all nodes. */
  readonly counts: {
    readonly status: Readonly<Partial<Record<NodeStatus, number>>>;
    readonly type: Readonly<Record<string, number>>;
    readonly health: Readonly<Partial<Record<CheckStatus, number>>>;
  };
  readonly columns: readonly FleetColumn[];
  readonly problems: readonly string[];
}

export const fleetUrl = "/api/v1/performance/nodes";

export const statusWords: Readonly<Record<NodeStatus, { readonly word: string; readonly status: CheckStatus }>> = {
  up: { word: "Up", status: "ok" },
  stale: { word: "Late", status: "warning" },
  down: { word: "Down", status: "critical" },
  never: { word: "Never came", status: "unknown" },
  disabled: { word: "Switched off", status: "unknown" },
};

/** What has waited for less is on its way: an agent sends every second or two. */
const waitsAfterMs = 10_000;

/** What waits on a node because the hub has not taken it; `null` where all is on its way. */
export function waitingOf({ agent }: FleetNode, nowMs: number): { readonly bytes: number; readonly sinceMs: number } | null {
  const { bytes = 0, oldestMs = null } = agent?.state?.buffer ?? {};
  return bytes === 0 || oldestMs === null || nowMs - oldestMs < waitsAfterMs ? null : { bytes, sinceMs: oldestMs };
}

/** `-3.2 ms ± 1 ms`: by how much the node's clock is ahead of the hub's. */
export function clockText({ offsetMs, errorMs }: { readonly offsetMs: number; readonly errorMs: number }): string {
  const ahead = -offsetMs;
  const sign = ahead > 0 ? "+" : "";
  return `${sign}${msText(ahead)} ± ${msText(errorMs)}`;
}

function msText(ms: number): string {
  const size = Math.abs(ms);
  const rounded = size >= 10 ? Math.round(ms) : Math.round(ms * 10) / 10;
  return size >= 10_000 ? `${Math.round(ms / 1000)} s` : `${rounded === 0 ? 0 : rounded} ms`;
}
