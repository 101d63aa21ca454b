/** What is said of all processes together: how many in which state, their threads, and the rest without series. */
import type { CollectContext, SeriesHandle } from "../../../core/collector.ts";
import type { ProcessConstants } from "../../../io/process-constants.ts";
import { processGroupMetrics as metrics, processStates } from "./metrics.ts";
import type { ProcessEntry, ProcessTable } from "./process-table.ts";

export class ProcessTotals {
  readonly #constants: ProcessConstants;
  readonly #stateHandles: readonly SeriesHandle[];
  readonly #threads: SeriesHandle;
  readonly #restCpuTime: SeriesHandle;
  readonly #restMemoryUsage: SeriesHandle;
  readonly #restCount: SeriesHandle;
  #restTicks = 0;

  constructor(context: CollectContext, constants: ProcessConstants) {
    this.#constants = constants;
    this.#stateHandles = processStates.map((state) => context.series(metrics.byState, { "process.state": state }));
    this.#threads = context.series(metrics.threads, {});
    this.#restCpuTime = context.series(metrics.restCpuTime, {});
    this.#restMemoryUsage = context.series(metrics.restMemoryUsage, {});
    this.#restCount = context.series(metrics.restCount, {});
  }

  /**
   * Adds up the CPU time of those without series, before seats are given: a process that gets one now has its first sample now, so that
   * its own increase begins after it. `unseenTicks` are those of children that no look has seen.
   */
  add({ entries, selected }: ProcessTable, unseenTicks: number): void {
    this.#restTicks += unseenTicks;
    for (const entry of entries.values()) if (!selected.has(entry)) this.#restTicks += entry.ownDelta;
  }

  write({ entries, selected }: ProcessTable): void {
    const states = new Float64Array(processStates.length);
    let threads = 0;
    let restPages = 0;
    let restCount = 0;
    for (const entry of entries.values()) {
      countState(states, entry);
      threads += entry.threads;
      if (selected.has(entry)) continue;
      restPages += entry.residentPages;
      restCount++;
    }
    for (const [index, handle] of this.#stateHandles.entries()) handle.set(states[index] ?? 0);
    this.#threads.set(threads);
    this.#restCpuTime.set(this.#restTicks / this.#constants.ticksPerSecond);
    this.#restMemoryUsage.set(restPages * this.#constants.pageBytes);
    this.#restCount.set(restCount);
  }
}

function countState(states: Float64Array, entry: ProcessEntry): void {
  const index = processStates.indexOf(entry.state);
  states[index] = (states[index] ?? 0) + 1;
}
