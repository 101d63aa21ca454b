/**
 * How evenly work is spread: utilisation of the busiest core (or NUMA node) minus the mean of all of them. A difference, not the
 * max/mean ratio of parallel computing ("percent imbalance"): that one explodes on an idle machine, where nothing is wrong.
 */
import type { CollectContext, SeriesHandle } from "../../../core/collector.ts";
import { type HandleRow, HandleTable } from "../handle-table.ts";
import type { CpuIncrease } from "./cpu-times.ts";
import { cpuMetrics } from "./metrics.ts";

interface NodeRow extends HandleRow {
  busy: number;
  total: number;
}

/** Takes in what each processor did in a tick, and writes the imbalance at its end. */
export class CpuBalance implements CpuIncrease {
  readonly #context: CollectContext;
  readonly #nodeOfCpu: ReadonlyMap<number, string>;
  readonly #nodes: readonly string[];
  readonly #table: HandleTable<string, NodeRow>;
  readonly #cores: Spread;
  readonly #spreadOfNodes: Spread;

  /** `nodeOfCpu` as `/sys` tells it; empty on kernels without NUMA. */
  constructor(context: CollectContext, sysRoot: string, nodeOfCpu: ReadonlyMap<number, string>) {
    this.#context = context;
    this.#nodeOfCpu = nodeOfCpu;
    this.#nodes = [...new Set(nodeOfCpu.values())];
    this.#cores = new Spread(context, "core");
    this.#spreadOfNodes = new Spread(context, "numa_node");
    this.#table = new HandleTable((node) => ({
      handles: [context.series(cpuMetrics.numaCpuUtilization, { "numa.node": node })],
      busy: 0,
      total: 0,
    }));
    if (this.#nodes.length < 2) {
      const path = `${sysRoot}/devices/system/node`;
      context.absent(path, [cpuMetrics.numaCpuUtilization], {
        reason: "not_present",
        detail: `${path}: not more than one NUMA node`,
      });
    }
  }

  add(cpu: number, busyTicks: number, totalTicks: number): void {
    this.#cores.add(busyTicks / totalTicks);
    const node = this.#nodeOfCpu.get(cpu);
    if (node === undefined || this.#nodes.length < 2) return;
    const row = this.#table.row(node);
    row.busy += busyTicks;
    row.total += totalTicks;
  }

  /** Ends the tick: writes what was added since the last end. */
  finish(): void {
    if (this.#cores.finish() === 1) {
      const detail = "a single processor has nobody to share with";
      this.#context.absent("one processor", [cpuMetrics.cpuImbalance], { reason: "not_present", detail });
    }
    if (this.#nodes.length < 2) return;
    for (const node of this.#nodes) {
      const row = this.#table.row(node);
      if (row.total === 0) continue;
      const utilization = row.busy / row.total;
      row.handles[0]?.set(utilization);
      this.#spreadOfNodes.add(utilization);
      row.busy = 0;
      row.total = 0;
    }
    this.#spreadOfNodes.finish();
  }
}

/** Highest minus mean of at least two utilisations. */
class Spread {
  readonly #context: CollectContext;
  readonly #scope: "core" | "numa_node";
  #handle: SeriesHandle | null = null;
  #highest = 0;
  #sum = 0;
  #count = 0;

  constructor(context: CollectContext, scope: "core" | "numa_node") {
    this.#context = context;
    this.#scope = scope;
  }

  add(utilization: number): void {
    if (utilization > this.#highest) this.#highest = utilization;
    this.#sum += utilization;
    this.#count++;
  }

  /** Writes, starts anew, and returns how many were added. */
  finish(): number {
    const count = this.#count;
    if (count >= 2) {
      this.#handle ??= this.#context.series(cpuMetrics.cpuImbalance, { scope: this.#scope });
      this.#handle.set(this.#highest - this.#sum / count);
    }
    this.#highest = 0;
    this.#sum = 0;
    this.#count = 0;
    return count;
  }
}
