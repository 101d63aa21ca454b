/**
 * The headline figures of all nodes: one query for each figure, however many nodes there are, and kept for some seconds, so that people
 * who look at a fleet cost it one look.
 */
import type { CheckStatus } from "../../core/check.ts";
import { labelValue } from "../../core/labels.ts";
import type { ViewField } from "../../core/view.ts";
import { forEveryNode } from "../../query/every-node.ts";
import type { Services } from "../services.ts";
import type { TickValues } from "../views/tick-values.ts";
import { isFailure } from "../views/tick-values.ts";
import { reduce } from "../views/view-values.ts";

/** What all nodes do, at one time. */
export interface FleetFigures {
  /** Of the values; `null` in an empty store. */
  readonly timestampMs: number | null;
  /** By node, then by the figure's name; what has no value is left out. */
  readonly values: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** The worst alert that fires for a node; nodes without one are left out. */
  readonly alerts: ReadonlyMap<string, CheckStatus>;
  /** Why a figure has no values at all. */
  readonly problems: readonly string[];
}

export interface FleetReader {
  readonly figures: readonly ViewField[];
  read(): Promise<FleetFigures>;
}

const keptMs = 5000;
const nodeLabel = "node";

export function createFleetReader(services: Services, ticks: Pick<TickValues, "latestMs">): FleetReader {
  const figures = services.domains.flatMap(({ fleet = [] }) => fleet).filter(({ expr }) => expr !== null);
  let kept: { readonly figures: Promise<FleetFigures>; readonly sinceMs: number } | null = null;

  const read = async (): Promise<FleetFigures> => {
    const [timeMs, alerts] = await Promise.all([ticks.latestMs(), readAlerts(services)]);
    if (timeMs === null) return { timestampMs: null, values: new Map(), alerts, problems: [] };
    const timing = { intervalMs: null, samplingIntervalMs: services.config().sampling_interval_ms };
    const outcomes = await services.query.batch(
      figures.map(({ expr }) => forEveryNode(expr ?? "", timing)),
      timeMs,
    );
    const values = new Map<string, Record<string, number>>();
    const problems: string[] = [];
    for (const [index, field] of figures.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined || isFailure(outcome)) problems.push(`${field.name}: ${outcome?.message ?? "no answer"}`);
      else if (outcome.type === "vector") {
        const byNode = Map.groupBy(outcome.samples, ({ labels }) => labelValue(labels, nodeLabel));
        for (const [node, samples] of byNode) {
          const value = reduce(samples, field.reduce ?? "max") * (field.scale ?? 1);
          if (Number.isFinite(value)) values.set(node, { ...values.get(node), [field.name]: value });
        }
      }
    }
    return { timestampMs: timeMs, values, alerts, problems };
  };

  return {
    figures,
    read() {
      const nowMs = services.clock.monotonicMs();
      if (kept === null || nowMs - kept.sinceMs > keptMs) {
        const reading = { figures: read(), sinceMs: nowMs };
        kept = reading;
        // The caller sees the failure; the next one asks anew.
        reading.figures.catch(() => {
          if (kept === reading) kept = null;
        });
      }
      return kept.figures;
    },
  };
}

async function readAlerts({ analyse, role }: Services): Promise<ReadonlyMap<string, CheckStatus>> {
  const worst = new Map<string, CheckStatus>();
  // An agent has no rules; asking would start a thread for nothing.
  if (role === "agent") return worst;
  for (const { labels, state } of await analyse.alerts()) {
    const node = labelValue(labels, nodeLabel);
    if (state !== "firing" || node === "") continue;
    const isCritical = labelValue(labels, "severity") === "critical";
    if (isCritical || !worst.has(node)) worst.set(node, isCritical ? "critical" : "warning");
  }
  return worst;
}
