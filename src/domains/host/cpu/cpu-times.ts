/** The `cpuN` lines of `/proc/stat`: time by mode for each logical processor, and its increase since the tick before. */
import type { CollectContext } from "../../../core/collector.ts";
import type { TextCursor } from "../../../io/parse-text.ts";
import { type HandleRow, HandleTable, setIfNumber } from "../handle-table.ts";
import { cpuMetrics, cpuModes } from "./metrics.ts";

/** USER_HZ, the unit of time towards user space: 100 on every architecture that Node runs on. Source: include/asm-generic/param.h; proc(5). */
const ticksPerSecond = 100;

/**
 * Idle and iowait may step back a little: a task that waits can move to another processor (proc.rst, 1.7, `iowait`). The last
 * value stands then. A larger step is a real reset: the processor was off. node_exporter draws the line at the same 3 s.
 */
const toleratedStepBack = 3 * ticksPerSecond;

const user = 0;
const nice = 1;
const idle = 3;
const iowait = 4;
const guest = 8;
const guestNice = 9;

interface CpuRow extends HandleRow {
  /** Ticks by mode, in the order of `cpuModes`; NaN where the kernel has no such column, and before the first reading. */
  readonly ticks: Float64Array;
}

/** Takes what one processor did since the tick before. */
export interface CpuIncrease {
  add(cpu: number, busyTicks: number, totalTicks: number): void;
}

/** The series of all processors. */
export class CpuTimes {
  readonly #table: HandleTable<number, CpuRow>;
  readonly #columns = new Float64Array(cpuModes.length);

  constructor(context: CollectContext) {
    this.#table = new HandleTable((cpu) => ({
      handles: cpuModes.map((mode) =>
        context.series(cpuMetrics.cpuTime, { "cpu.logical_number": String(cpu), "cpu.mode": mode }),
      ),
      ticks: new Float64Array(cpuModes.length).fill(Number.NaN),
    }));
  }

  /** Reads the line on which the cursor stands. */
  readLine(cursor: TextCursor, increase: CpuIncrease): void {
    cursor.at += "cpu".length;
    const cpu = cursor.number();
    const row = this.#table.row(cpu);
    const columns = this.#columns;
    for (let mode = 0; mode < columns.length; mode++) columns[mode] = cursor.number();
    takeOut(columns, user, guest);
    takeOut(columns, nice, guestNice);
    let busy = 0;
    let total = 0;
    for (let mode = 0; mode < columns.length; mode++) {
      const before = row.ticks[mode] ?? Number.NaN;
      const ticks = steady(columns[mode] ?? Number.NaN, before);
      row.ticks[mode] = ticks;
      setIfNumber(row.handles[mode], ticks / ticksPerSecond);
      // A mode that the kernel does not count adds nothing; before the first reading there is no increase.
      const step = ticks - before;
      if (!(step > 0)) continue;
      total += step;
      if (mode !== idle && mode !== iowait) busy += step;
    }
    if (total > 0) increase.add(cpu, busy, total);
  }

  /** Ends the tick: processors without a line are off. */
  finish(): void {
    this.#table.sweep();
  }
}

/** The kernel counts guest time in `user` and `nice` too (proc.rst, 1.7); each tick of time shall be in one mode only. */
function takeOut(columns: Float64Array, whole: number, part: number): void {
  const inside = columns[part] ?? Number.NaN;
  if (inside > 0) columns[whole] = (columns[whole] ?? Number.NaN) - inside;
}

function steady(ticks: number, before: number): number {
  return ticks < before && before - ticks <= toleratedStepBack ? before : ticks;
}
