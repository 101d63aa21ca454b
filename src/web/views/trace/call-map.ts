/** Who calls whom in a trace: services, or nodes, and the calls between them. */
import { nearestRank } from "./operation-stats.ts";
import type { TraceModel } from "./trace-model.ts";

export interface CallBox {
  readonly name: string;
  readonly spans: number;
  readonly errors: number;
  /** Time of its own spans without their children, ms. */
  readonly selfMs: number;
}

/** A span whose parent is of another box is a call. */
export interface CallEdge {
  /** Places in `boxes`. */
  readonly source: number;
  readonly target: number;
  readonly calls: number;
  readonly errors: number;
  /** Of the called spans' durations, nearest rank. */
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface CallMap {
  readonly boxes: readonly CallBox[];
  readonly edges: readonly CallEdge[];
  /** Boxes that are left out. */
  readonly leftOut: number;
}

/** More than so many boxes cannot be told apart. */
const boxesMax = 200;

/** Of more boxes than can be shown, those with the most spans. */
export function callMap(model: TraceModel, by: "service" | "node"): CallMap {
  const { columns, serviceOf } = model;
  const selfMs = model.selfMs();
  const names = by === "service" ? model.services : columns.nodes.map((node) => node || "(no node)");
  const groupOf = (row: number): number =>
    by === "service" ? (serviceOf[columns.operation[row] ?? 0] ?? 0) : (columns.node[row] ?? 0);
  const boxes = names.map((name) => ({ name, spans: 0, errors: 0, selfMs: 0 }));
  const calls = new Map<number, { readonly durations: number[]; errors: number }>();
  for (const row of columns.startMs.keys()) {
    const group = groupOf(row);
    const box = boxes[group];
    if (box === undefined) continue;
    box.spans++;
    box.errors += model.failed(row);
    box.selfMs += selfMs[row] ?? 0;
    const above = columns.parent[row] ?? -1;
    if (above === -1 || groupOf(above) === group) continue;
    const key = groupOf(above) * names.length + group;
    const edge = calls.get(key) ?? { durations: [], errors: 0 };
    edge.durations.push(columns.durationMs[row] ?? 0);
    edge.errors += model.failed(row);
    calls.set(key, edge);
  }
  const kept = [...boxes.keys()].sort((a, b) => (boxes[b]?.spans ?? 0) - (boxes[a]?.spans ?? 0) || a - b).slice(0, boxesMax);
  const shown = kept.filter((group) => (boxes[group]?.spans ?? 0) > 0);
  const placeOf = new Map(shown.map((group, place) => [group, place]));
  const edges = [...calls].flatMap(([key, { durations, errors }]): CallEdge[] => {
    const [source, target] = [placeOf.get(Math.floor(key / names.length)), placeOf.get(key % names.length)];
    if (source === undefined || target === undefined) return [];
    const sorted = Float64Array.from(durations).sort();
    const [p50Ms, p95Ms] = [nearestRank(sorted, 0.5), nearestRank(sorted, 0.95)];
    return [{ source, target, calls: durations.length, errors, p50Ms, p95Ms }];
  });
  return {
    boxes: shown.flatMap((group) => boxes[group] ?? []),
    edges,
    leftOut: boxes.filter((box) => box.spans > 0).length - shown.length,
  };
}
