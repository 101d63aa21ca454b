/** PromQL that the processes' panels, view and checks share. */
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { systemMetrics } from "../system/metrics.ts";
import { perSecondSlow } from "../slow-rate.ts";
import { processDetailMetrics, processGroupMetrics, processMetrics, processThreadMetrics } from "./metrics.ts";

/** Without processes that have ended: a rate goes on for as long as its window holds two samples of them. */
export function living(expr: string): string {
  return `(${expr}) and on (${labelOf(processMetrics.memoryUsage, "process.pid")}) ${select(processMetrics.memoryUsage)}`;
}

/** The same for applications. */
export function livingGroups(expr: string): string {
  return `(${expr}) and ${select(processGroupMetrics.processCount)}`;
}

/** CPUs in use by each selected process; all labels that identify it stay. */
export const processCpu = `sum without (${labelOf(processMetrics.cpuTime, "cpu.mode")}) (${perSecond(processMetrics.cpuTime)})`;

/** CPUs in use by each application. */
export const groupCpu = perSecond(processGroupMetrics.cpuTime);

/** Growth of anonymous memory over ten minutes: a leak shows as a value that stays above zero. */
export const anonymousGrowth = `deriv(${select(processDetailMetrics.residentByKind, { "process.memory.kind": "anonymous" })}[10m])`;

/** Share of the allowed descriptors that are open. */
export const descriptorUsage = `${select(processDetailMetrics.fileDescriptors)} / ${select(processDetailMetrics.fileDescriptorLimit)}`;

/** Seconds per second that the process's threads waited for a CPU. */
export const runDelay = perSecondSlow(processThreadMetrics.runDelay);

const maxPids = `min(${select(systemMetrics.maxPids)})`;
const maxThreads = `min(${select(systemMetrics.maxThreads)})`;

/** Threads that the machine can have: each needs a number and a structure, and both are limited. */
export const threadLimit = `((${maxPids} < ${maxThreads}) or ${maxThreads})`;

export const threadUsage = `sum(${select(processGroupMetrics.threads)}) / ${threadLimit}`;
