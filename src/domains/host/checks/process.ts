/** Health of processes: limits that end in failed connections or a program that cannot start a thread. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { descriptorUsage, threadUsage } from "../process/expressions.ts";
import { mostThreads } from "./culprits.ts";
import { processDetailMetrics, processGroupMetrics, processMetrics } from "../process/metrics.ts";
import { systemMetrics } from "../system/metrics.ts";

const name = labelOf(processMetrics.cpuTime, "process.executable.name");
const pid = labelOf(processMetrics.cpuTime, "process.pid");

export const processChecks: readonly CheckDeclaration[] = [
  {
    id: "host.process_descriptors",
    title: "Open descriptors of processes",
    help: "At the limit a node can accept no peer and open no database file (EMFILE). Limits: those of the Kubernetes and Prometheus mixins for descriptors, 70 % and 90 %.",
    expr: descriptorUsage,
    direction: "above",
    warning: 0.7,
    critical: 0.9,
    unit: "ratio",
    message: `{{${name}}} (pid {{${pid}}}) has {{$value}} of its allowed descriptors open since {{$since}}.`,
    ok: `{{${name}}} (pid {{${pid}}}) is nearest to its limit of descriptors: {{$value}} are open.`,
    action: "Raise LimitNOFILE in the service's unit (or ulimit -n), and look for connections that are not closed.",
    metrics: [processDetailMetrics.fileDescriptors.name, processDetailMetrics.fileDescriptorLimit.name],
  },
  {
    id: "host.threads",
    title: "Threads of the machine",
    help: "At kernel.pid_max or kernel.threads-max nothing can start a thread or a process. Limits: 80 % and 95 %.",
    expr: threadUsage,
    details: mostThreads.details,
    direction: "above",
    warning: 0.8,
    critical: 0.95,
    unit: "ratio",
    message: `{{$value}} of the threads that the kernel allows exist since {{$since}}${mostThreads.clause}.`,
    ok: "{{$value}} of the threads that the kernel allows exist.",
    action: "See which application holds the threads; raise kernel.pid_max and kernel.threads-max if it needs them.",
    metrics: [processGroupMetrics.threads.name, systemMetrics.maxPids.name, systemMetrics.maxThreads.name],
  },
  {
    id: "host.zombies",
    title: "Zombie processes",
    help: "A parent that does not wait for its children fills the process table. A few for a moment are normal; the limit is 50 for ten minutes.",
    expr: select(processGroupMetrics.byState, { "process.state": "zombie" }),
    direction: "above",
    warning: 50,
    forMs: 600_000,
    unit: "count",
    message: "{{$value}} processes have ended and nobody waits for them, since {{$since}}.",
    ok: "Processes that have ended and that nobody has waited for: {{$value}}.",
    action: "Restart their parent; containers need an init process (docker run --init).",
    metrics: [processGroupMetrics.byState.name],
  },
];
