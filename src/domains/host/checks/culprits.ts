/**
 * Who is behind it: the process or application that uses most of what is short. Each is a detail of a check and the clause that
 * names it; the clause falls away where processes cannot be read.
 */
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { busiestCore } from "../cpu/expressions.ts";
import { cpuMetrics } from "../cpu/metrics.ts";
import { memoryMetrics } from "../memory/metrics.ts";
import { groupCpu, living, livingGroups, processCpu } from "../process/expressions.ts";
import { processDetailMetrics, processGroupMetrics, processMetrics } from "../process/metrics.ts";

export interface Culprit {
  readonly details: Readonly<Record<string, string>>;
  readonly clause: string;
}

const group = labelOf(processGroupMetrics.cpuTime, "process.group.name");
const core = labelOf(cpuMetrics.cpuTime, "cpu.logical_number");
const node = labelOf(cpuMetrics.cpuInfo, "numa.node");
const name = labelOf(processMetrics.cpuTime, "process.executable.name");
const id = `${name}, ${labelOf(processMetrics.cpuTime, "process.pid")}`;
const who = `{{process.${name}}} ({{process.${labelOf(processMetrics.cpuTime, "process.pid")}}})`;

/** The application that uses most CPU, children that came and went included. */
export const mostCpu: Culprit = {
  details: { application: `topk(1, ${livingGroups(groupCpu)}) > 0` },
  clause: `[; {{application.${group}}} uses most, {{application.$value}} CPUs]`,
};

/** The application that holds most memory, as a share of the machine's. */
export const mostMemory: Culprit = {
  details: {
    application: `100 * topk(1, ${select(processGroupMetrics.memoryUsage)}) / on () group_left () ${select(memoryMetrics.memoryLimit)}`,
  },
  clause: `[; {{application.${group}}} holds most, {{application.$value}} % of the memory]`,
};

/** The process with most memory in swap. */
export const mostSwapped: Culprit = {
  details: { process: `topk(1, ${select(processDetailMetrics.swapped)}) > 0` },
  clause: `[; ${who} has most in swap]`,
};

/** The process that reads and writes most; `$value` in MiB/s. */
export const mostIo: Culprit = {
  details: { process: `topk(1, ${living(`sum by (${id}) (${perSecond(processMetrics.diskIo)})`)}) / 1048576 > 0` },
  clause: `[; ${who} reads and writes most, {{process.$value}} MiB/s]`,
};

/** The application with most threads. */
export const mostThreads: Culprit = {
  details: { application: `topk(1, ${select(processGroupMetrics.threadCount)})` },
  clause: `[; {{application.${group}}} has most, {{application.$value}}]`,
};

/** The processes on each core, `count_values` makes the number of the core, which is a value, a label. */
const processesByCore = `count_values by (${id}) ("${core}", ${select(processMetrics.lastCpu)})`;

/** A process must use this much of a CPU to be called the reason. */
const least = 0.2;

/**
 * The busiest of the processes whose main thread is on one of the given cores. Only the main thread's core is known: where none of
 * them works, it is the busiest process of all, whose other threads must be there.
 */
function mostCpuOn(cores: string): Culprit {
  const cpu = `sum by (${id}) (${living(processCpu)}) > ${least}`;
  return {
    details: {
      process: `topk(1, ${cpu} and on (${id}) (${processesByCore} and on (${core}) ${cores})) or on () topk(1, ${cpu})`,
    },
    clause: `[; ${who} uses most there, {{process.$value}} CPUs]`,
  };
}

export const mostCpuOnBusiestCore = mostCpuOn(`(${busiestCore})`);

/** `numaNode`: a vector of one element with the node's number. */
export function mostCpuOnNumaNode(numaNode: string): Culprit {
  return mostCpuOn(`(${select(cpuMetrics.cpuInfo)} and on (${node}) ${numaNode})`);
}
