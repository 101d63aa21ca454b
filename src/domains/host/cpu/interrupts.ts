/**
 * `/proc/interrupts`: which processor serves how many interrupts, and which lines are the busiest. Dear (0.2 ms on 2 cores, some ms
 * on 100: one number per line and processor), so it is read seldom. Source: Documentation/filesystems/proc.rst, 1.1 "interrupts".
 */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { HandleTable } from "../handle-table.ts";
import { openSource } from "../source.ts";
import { cpuMetrics } from "./metrics.ts";

const metrics = [cpuMetrics.interruptsByCpu, cpuMetrics.interruptsBySource] as const;

const maxSources = 32;

export const interruptsCollector: CollectorDeclaration = {
  id: "host.interrupts",
  title: "Interrupts by processor and line",
  metrics,
  intervalMs: 5000,
  platforms: ["linux"],
  open: (context) => openInterrupts(context),
};

/** What the file says, added up both ways. */
export interface InterruptTable {
  /** Interrupts per processor, in the order of `cpus`. */
  readonly perCpu: readonly number[];
  readonly cpus: readonly string[];
  readonly lines: readonly InterruptLine[];
}

/** An interrupt line, or a purpose that the processor itself interrupts for. */
export interface InterruptLine {
  /** The line's number, or its name for those of the processor itself (`LOC`, `RES`). */
  readonly irq: string;
  /** The device's or, for named lines, the purpose's name. */
  readonly device: string;
  /** All processors together. */
  readonly count: number;
}

function openInterrupts(context: CollectContext): Collector {
  const source = openSource(context, `${context.config.host.proc_root}/interrupts`, metrics);
  const cpus = new HandleTable<string>((cpu) => ({
    handles: [context.series(cpuMetrics.interruptsByCpu, { "cpu.logical_number": cpu })],
  }));
  const lines = new HandleTable<string>((key) => {
    const [irq = "", device = ""] = key.split("\t");
    return { handles: [context.series(cpuMetrics.interruptsBySource, { irq, device })] };
  });
  return {
    collect: () => {
      const text = source.read();
      if (text === null) return;
      const table = parseInterrupts(text);
      for (const [index, cpu] of table.cpus.entries()) cpus.row(cpu).handles[0]?.set(table.perCpu[index] ?? 0);
      for (const line of busiest(table.lines)) lines.row(`${line.irq}\t${line.device}`).handles[0]?.set(line.count);
      cpus.sweep();
      lines.sweep();
    },
    close: () => source.close(),
  };
}

/** Lines that never fired are no series; of the others the busiest since boot, so that the choice changes seldom. */
function busiest(lines: readonly InterruptLine[]): readonly InterruptLine[] {
  const fired = lines.filter((line) => line.count > 0);
  return fired.toSorted((a, b) => b.count - a.count).slice(0, maxSources);
}

/** Format: a heading `CPU0 CPU1 …`, then per line `name: count count … text`. `ERR` and `MIS` have one count and no processor. */
export function parseInterrupts(text: string): InterruptTable {
  const cursor = new TextCursor().reset(text);
  const cpus: string[] = [];
  for (let word = cursor.word(); word !== ""; word = cursor.word()) cpus.push(word.slice("CPU".length));
  const perCpu = cpus.map(() => 0);
  const lines: InterruptLine[] = [];
  for (cursor.nextLine(); !cursor.done; cursor.nextLine()) {
    const irq = cursor.word().replace(":", "");
    const counts: number[] = [];
    while (counts.length < cpus.length) {
      const count = cursor.number();
      if (Number.isNaN(count)) break;
      counts.push(count);
    }
    if (counts.length < cpus.length) continue;
    let sum = 0;
    for (const [index, count] of counts.entries()) {
      sum += count;
      perCpu[index] = (perCpu[index] ?? 0) + count;
    }
    lines.push({ irq, device: deviceName(irq, cursor.restOfLine().trim()), count: sum });
  }
  return { cpus, perCpu, lines };
}

/** `IO-APIC   4-edge      ttyS0` → `ttyS0`; what follows a named line is a sentence and stays whole. */
function deviceName(irq: string, text: string): string {
  if (!/^\d+$/.test(irq)) return text;
  return text.split(/\s{2,}/).at(-1) ?? text;
}
