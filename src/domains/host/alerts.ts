/**
 * Alerts about the machine: what somebody must be told of though nobody looks. Each waits longer than the check of the same thing, and
 * stays for a while after it is over, so that a value that swings around its limit is one alert.
 */
import type { AlertRuleDeclaration } from "../../core/alert-rule.ts";
import { labelOf, perSecond, select } from "../../core/promql-text.ts";
import { clockMetrics } from "./clock/metrics.ts";
import { cpuUsage } from "./cpu/expressions.ts";
import { diskQueue, diskUtilisation, flushTime } from "./disk/expressions.ts";
import { diskMetrics } from "./disk/metrics.ts";
import { filesystemUsage, freeSpaceIn, inodeUsage, onWritable } from "./filesystem/expressions.ts";
import { fileDescriptorMetrics, filesystemMetrics } from "./filesystem/metrics.ts";
import { memoryUsage } from "./memory/expressions.ts";
import { memoryMetrics } from "./memory/metrics.ts";
import { errorRatio, retransmitRatio } from "./network/expressions.ts";
import { networkTrafficMetrics } from "./network/metrics.ts";
import { pressureMetrics } from "./pressure/metrics.ts";
import { smartMetrics } from "./smart/metrics.ts";
import { throttledShare } from "./thermal/expressions.ts";

const minuteMs = 60_000;
const day = 86_400;
const mountpoint = `{{ $labels.${labelOf(filesystemMetrics.usage, "system.filesystem.mountpoint")} }}`;
const device = `{{ $labels.${labelOf(diskMetrics.io, "system.device")} }}`;
const networkInterface = `{{ $labels.${labelOf(networkTrafficMetrics.errors, "network.interface.name")} }}`;
const share = "{{ $value | humanizePercentage }}";

export const hostAlerts: readonly AlertRuleDeclaration[] = [
  {
    name: "HostFilesystemFull",
    help: "A node that cannot write its database stops, some with damage. Limit: 5 % left, as the check's.",
    expr: `${filesystemUsage} > 0.95 and ${onWritable}`,
    forMs: 5 * minuteMs,
    keepFiringForMs: 5 * minuteMs,
    severity: "critical",
    summary: `${mountpoint} is ${share} full.`,
    action: "Prune the node's database, move snapshots and logs away, or grow the volume.",
  },
  {
    name: "HostFilesystemFilling",
    help: "Growth of the last six hours, drawn on for a day, and only above 60 %: node-mixin's NodeFilesystemSpaceFillingUp, which begins at 40 % left.",
    expr: `${freeSpaceIn(day)} < 0 and ignoring (${labelOf(filesystemMetrics.usage, "system.filesystem.state")}) (${filesystemUsage} > 0.6) and ${onWritable}`,
    forMs: 60 * minuteMs,
    keepFiringForMs: 30 * minuteMs,
    severity: "warning",
    summary: `${mountpoint} will be full within a day, if it goes on filling as in the last six hours.`,
    action: "See what grows; prune, move it away, or grow the volume in time.",
  },
  {
    name: "HostInodesLow",
    help: "Without inodes no file can be made, whatever space there is. Limit: 5 % left, as the check's.",
    expr: `${inodeUsage} > 0.95 and ${onWritable}`,
    forMs: 10 * minuteMs,
    keepFiringForMs: 10 * minuteMs,
    severity: "warning",
    summary: `${mountpoint} has used ${share} of its inodes.`,
    action: "Look for directories with very many small files, such as old logs or a cache.",
  },
  {
    name: "HostFilesystemError",
    help: "A file system that does not answer hangs every process that touches it.",
    expr: `${select(filesystemMetrics.error)} > 0`,
    forMs: 5 * minuteMs,
    severity: "critical",
    summary: `${mountpoint} does not answer.`,
    action: "See whether its server or device is there; unmount it with umount -l if not.",
  },
  {
    name: "HostMemoryLow",
    help: "Without available memory the kernel drops the page cache that databases live on, then kills processes. Limit: 5 % left.",
    expr: `${memoryUsage} > 0.95`,
    forMs: 5 * minuteMs,
    keepFiringForMs: 5 * minuteMs,
    severity: "warning",
    summary: `${share} of the memory is in use and cannot be freed.`,
    action: "See which processes grow; lower their caches, add memory, or restart the one that leaks.",
  },
  {
    name: "HostOutOfMemory",
    help: "The kernel kills a process only when nothing else is left to do.",
    // An increase is extrapolated to the whole window: rounded, it is the count again.
    expr: `round(increase(${select(memoryMetrics.oomKills)}[10m])) > 0`,
    forMs: 0,
    severity: "critical",
    summary: "The kernel killed {{ $value }} processes in ten minutes, because memory ran out.",
    action: "See the kernel log for what was killed; give that service a limit of its own, or the machine more memory.",
  },
  {
    name: "HostMemoryErrors",
    help: "Data was lost in memory. A node that goes on with it may sign or store a wrong value.",
    expr: `round(increase(${select(memoryMetrics.eccErrors, { kind: "uncorrected" })}[1h])) > 0`,
    forMs: 0,
    severity: "critical",
    summary: "A memory controller could not correct {{ $value }} errors within an hour.",
    action: "Take the machine out of service and replace the memory module.",
  },
  {
    name: "HostMemoryPressure",
    help: "Share of time in which all working tasks waited for memory. systemd-oomd kills at 60 %; half of it for ten minutes is no peak.",
    expr: `${perSecond(pressureMetrics.pressure, { resource: "memory", stall: "full" })} > 0.3`,
    forMs: 10 * minuteMs,
    keepFiringForMs: 5 * minuteMs,
    severity: "warning",
    summary: `All work waits for memory ${share} of the time.`,
    action: "Lower caches or add memory; see swap traffic and refaults.",
  },
  {
    name: "HostCpuBusy",
    help: "A node that has no processor time left falls behind its chain. A quarter of an hour is longer than a catch-up after a restart of a client.",
    expr: `${cpuUsage} > 0.95`,
    forMs: 15 * minuteMs,
    keepFiringForMs: 5 * minuteMs,
    severity: "warning",
    summary: `The processors are ${share} busy.`,
    action: "See which processes use them; move work away, or add cores.",
  },
  {
    name: "HostCpuThrottled",
    help: "Heat slows the processor down: a fifth of its speed may be gone.",
    expr: `${throttledShare} > 0.2`,
    forMs: 5 * minuteMs,
    keepFiringForMs: 10 * minuteMs,
    severity: "warning",
    summary: `Heat slows the processor down ${share} of the time.`,
    action: "Clean or replace fans and heat sinks, improve the air flow, or lower the power limit.",
  },
  {
    name: "HostDiskSaturated",
    help: "A device that is always busy and has a queue is the bottleneck. Limits: node-mixin's NodeDiskIOSaturation, ten requests in flight for half an hour.",
    expr: `${diskQueue} > 10 and ${diskUtilisation} > 0.95`,
    forMs: 30 * minuteMs,
    keepFiringForMs: 10 * minuteMs,
    severity: "warning",
    summary: `${device} has been busy all the time, with {{ $value | humanize }} requests in flight.`,
    action: "See which process reads and writes most; give the database a disk of its own, or a faster one.",
  },
  {
    name: "HostDiskFlushSlow",
    help: "A database's commit waits for the flush. 100 ms on average is a failing or throttled disk.",
    expr: `${flushTime} > 0.1`,
    forMs: 10 * minuteMs,
    keepFiringForMs: 10 * minuteMs,
    severity: "warning",
    summary: `A flush of ${device} takes {{ $value | humanizeDuration }} on average.`,
    action: "Use a drive with power-loss protection, and keep logs and other writers off this disk.",
  },
  {
    name: "HostDriveFailing",
    help: "A drive that says it is failing loses data soon.",
    expr: `${select(smartMetrics.passed)} == 0`,
    forMs: 0,
    severity: "critical",
    summary: `The drive ${device} assesses itself as failing.`,
    action: "Back up what is on it and replace it; see smartctl -x for what it complains of.",
  },
  {
    name: "HostClockOff",
    help: "Ethereum clients tolerate messages 500 ms early (MAXIMUM_GOSSIP_CLOCK_DISPARITY in the consensus specification); a fifth of it is alarming.",
    // Nobody measures the offset of a clock that nothing synchronises: the kernel says 0.
    expr: `abs(${select(clockMetrics.clockOffset)}) > 0.1 and on () ${select(clockMetrics.clockSynchronised)} == 1`,
    forMs: 5 * minuteMs,
    keepFiringForMs: 5 * minuteMs,
    severity: "critical",
    summary: "The clock is {{ $value | humanizeDuration }} off.",
    action: "See the time servers' reachability and distance in `chronyc sources`.",
  },
  {
    name: "HostNetworkErrors",
    help: "Packets that arrive or leave broken. Limit: 1 % of the packets, node-mixin's NodeNetworkReceiveErrs.",
    expr: `${errorRatio} > 0.01`,
    forMs: 15 * minuteMs,
    keepFiringForMs: 10 * minuteMs,
    severity: "warning",
    summary: `${share} of the packets of ${networkInterface} are broken.`,
    action: "Change the cable or the port; see the driver's counters with ethtool -S.",
  },
  {
    name: "HostTcpRetransmits",
    help: "Loss on the way delays blocks and attestations. 5 % is a broken path.",
    expr: `${retransmitRatio} > 0.05`,
    forMs: 15 * minuteMs,
    keepFiringForMs: 10 * minuteMs,
    severity: "warning",
    summary: `${share} of the TCP segments are sent again.`,
    action: "See which service and peer lose (connections, peers); then the interface's drops, the cable, the provider.",
  },
  {
    name: "HostFilesOpenMany",
    help: "At fs.file-max no process but root's can open a file. Limit: node-mixin's NodeFileDescriptorLimit, 90 %.",
    expr: `${select(fileDescriptorMetrics.allocated)} / ${select(fileDescriptorMetrics.limit)} > 0.9`,
    forMs: 15 * minuteMs,
    keepFiringForMs: 5 * minuteMs,
    severity: "critical",
    summary: `${share} of the open files that the kernel allows are in use.`,
    action: "See which process holds them; raise fs.file-max if it needs them.",
  },
];
