/** What ChainPulse says about the machine and its kernel as a whole: identity, time, entropy, limits. */
import { type LabelSpec, defineMetrics } from "../../../core/metric.ts";

/** Values of an os-release file that are shown; the labels are its keys in small letters. Source: os-release(5). */
export const osReleaseLabels = {
  id: null,
  id_like: null,
  name: null,
  pretty_name: null,
  version: null,
  version_id: null,
  version_codename: null,
  build_id: null,
  image_id: null,
  image_version: null,
  variant: null,
  variant_id: null,
} as const;

const kernelLabels = { sysname: null, release: null, version: null, machine: null, nodename: null, domainname: null } as const;

/** Files of `/sys/class/dmi/id` that are shown, but for `sys_vendor`, which node_exporter calls `system_vendor`. */
export const dmiLabels = {
  system_vendor: null,
  product_name: null,
  product_version: null,
  board_vendor: null,
  board_name: null,
  bios_vendor: null,
  bios_version: null,
  bios_date: null,
  chassis_vendor: null,
} as const;

/** For an alias whose labels have our names. */
function sameNames(labels: LabelSpec): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(labels).map((label) => [label, label]));
}

export const systemMetrics = defineMetrics({
  uptime: {
    name: "system.uptime",
    kind: "gauge",
    unit: "s",
    help: "Time since the machine booted.",
    rollup: "last",
  },
  time: {
    name: "chainpulse.host.time",
    kind: "gauge",
    unit: "s",
    help: "The machine's clock, seconds since the epoch.",
    rollup: "last",
    aliases: [{ name: "node_time_seconds" }],
  },
  timeZoneOffset: {
    name: "chainpulse.host.time_zone.offset",
    kind: "gauge",
    unit: "s",
    help: "How far the machine's time zone is ahead of UTC.",
    labels: { time_zone: null },
    rollup: "last",
    aliases: [{ name: "node_time_zone_offset_seconds", labels: { time_zone: "time_zone" } }],
  },
  clockSourceAvailable: {
    name: "chainpulse.host.clock_source.available",
    kind: "gauge",
    unit: "",
    help: "A clock source that the kernel could use; the value is always 1.",
    labels: { device: null, clocksource: null },
    rollup: "last",
    aliases: [{ name: "node_time_clocksource_available_info", labels: { device: "device", clocksource: "clocksource" } }],
  },
  clockSourceCurrent: {
    name: "chainpulse.host.clock_source.current",
    kind: "gauge",
    unit: "",
    help: "The clock source that the kernel uses; the value is always 1.",
    labels: { device: null, clocksource: null },
    rollup: "last",
    aliases: [{ name: "node_time_clocksource_current_info", labels: { device: "device", clocksource: "clocksource" } }],
  },
  entropy: {
    name: "chainpulse.host.entropy.available",
    kind: "gauge",
    unit: "{bit}",
    help: "Entropy in the kernel's random pool.",
    rollup: "min",
    aliases: [{ name: "node_entropy_available_bits" }],
  },
  entropyPoolSize: {
    name: "chainpulse.host.entropy.pool_size",
    kind: "gauge",
    unit: "{bit}",
    help: "Entropy that the kernel's random pool can hold.",
    rollup: "last",
    aliases: [{ name: "node_entropy_pool_size_bits" }],
  },
  maxThreads: {
    name: "chainpulse.host.tasks.limit",
    kind: "gauge",
    unit: "{task}",
    help: "Tasks that the kernel allows.",
    rollup: "last",
    aliases: [{ name: "node_processes_max_threads" }],
  },
  maxPids: {
    name: "chainpulse.host.pid.limit",
    kind: "gauge",
    unit: "{pid}",
    help: "Process numbers that the kernel gives out; every thread takes one.",
    rollup: "last",
    aliases: [{ name: "node_processes_max_processes" }],
  },
  kernelInfo: {
    name: "chainpulse.host.kernel.info",
    kind: "gauge",
    unit: "",
    help: "The running kernel; the value is always 1.",
    labels: kernelLabels,
    rollup: "last",
    aliases: [{ name: "node_uname_info", labels: sameNames(kernelLabels) }],
  },
  osInfo: {
    name: "chainpulse.host.os.info",
    kind: "gauge",
    unit: "",
    help: "The distribution, from os-release; the value is always 1.",
    labels: osReleaseLabels,
    rollup: "last",
    aliases: [{ name: "node_os_info", labels: sameNames(osReleaseLabels) }],
  },
  osVersion: {
    name: "chainpulse.host.os.version",
    kind: "gauge",
    unit: "",
    help: "The distribution's version as a number, major.minor.",
    labels: { id: null, name: null, id_like: null },
    rollup: "last",
    aliases: [{ name: "node_os_version", labels: { id: "id", name: "name", id_like: "id_like" } }],
  },
  dmiInfo: {
    name: "chainpulse.host.hardware.info",
    kind: "gauge",
    unit: "",
    help: "The machine's maker and model, from its firmware; the value is always 1. Serial numbers are not read.",
    labels: dmiLabels,
    rollup: "last",
    aliases: [{ name: "node_dmi_info", labels: sameNames(dmiLabels) }],
  },
  selinuxEnabled: {
    name: "chainpulse.host.selinux.enabled",
    kind: "gauge",
    unit: "",
    help: "1 where SELinux is on, 0 where the kernel has no SELinux file system.",
    rollup: "last",
    aliases: [{ name: "node_selinux_enabled" }],
  },
  selinuxEnforcing: {
    name: "chainpulse.host.selinux.enforcing",
    kind: "gauge",
    unit: "",
    help: "1 where SELinux enforces its policy, 0 where it only reports; no series where it is off.",
    rollup: "last",
    aliases: [{ name: "node_selinux_current_mode" }],
  },
});
