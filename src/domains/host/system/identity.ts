/**
 * What the machine is: kernel, distribution, hardware, SELinux. Sources: proc_sys_kernel(5), os-release(5),
 * Documentation/ABI/testing/sysfs-firmware-dmi-tables (`/sys/class/dmi/id`), selinuxfs.
 */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import type { LabelSpec } from "../../../core/metric.ts";
import { parseNumber } from "../../../io/parse-text.ts";
import { readOnce } from "../../../io/proc-file.ts";
import { setIfNumber } from "../handle-table.ts";
import { dmiLabels, osReleaseLabels, systemMetrics } from "./metrics.ts";
import { parseOsRelease } from "./os-release.ts";

const metrics = [
  systemMetrics.kernelInfo,
  systemMetrics.osInfo,
  systemMetrics.osVersion,
  systemMetrics.dmiInfo,
  systemMetrics.selinuxEnabled,
  systemMetrics.selinuxEnforcing,
] as const;

export const identityCollector: CollectorDeclaration = {
  id: "host.identity",
  title: "Kernel, distribution and hardware",
  metrics,
  intervalMs: 60_000,
  platforms: ["linux"],
  open: (context) => openIdentity(context),
};

/** Facts that do not change while the machine runs: read at the start, repeated at every run. */
function openIdentity(context: CollectContext): Collector {
  const facts = [...kernelFacts(context), ...osFacts(context), ...dmiFacts(context)];
  const selinux = openSelinux(context);
  return {
    collect: () => {
      for (const { handle, value } of facts) handle.set(value);
      selinux();
    },
  };
}

interface Fact {
  readonly handle: SeriesHandle;
  readonly value: number;
}

function kernelFacts(context: CollectContext): readonly Fact[] {
  const base = `${context.config.host.proc_root}/sys/kernel`;
  const release = readOnce(`${base}/osrelease`);
  if (typeof release !== "string") {
    context.absent(release.path, [systemMetrics.kernelInfo], release);
    return [];
  }
  const handle = context.series(systemMetrics.kernelInfo, {
    sysname: textOf(`${base}/ostype`),
    release: release.trim(),
    version: textOf(`${base}/version`),
    // Since Linux 6.1; empty before.
    machine: textOf(`${base}/arch`),
    nodename: textOf(`${base}/hostname`),
    domainname: textOf(`${base}/domainname`),
  });
  return [{ handle, value: 1 }];
}

/** The first process's root is the machine's, also when ChainPulse runs in a container with the machine's `/proc`. */
function osFacts(context: CollectContext): readonly Fact[] {
  const root = context.config.host.proc_root;
  const path = `${root}/1/root/etc/os-release`;
  const ofMachine = readOnce(path);
  // Without privilege that link is closed; then our own root is the best that is known.
  const text = typeof ofMachine === "string" ? ofMachine : readOnce(`${root}/self/root/etc/os-release`);
  if (typeof text !== "string") {
    context.absent(path, [systemMetrics.osInfo, systemMetrics.osVersion], typeof ofMachine === "string" ? text : ofMachine);
    return [];
  }
  const os = parseOsRelease(text);
  const value = (key: string): string => os.get(key.toUpperCase()) ?? "";
  const info = context.series(systemMetrics.osInfo, mapLabels(osReleaseLabels, value));
  const version = Number.parseFloat(value("version_id"));
  // A rolling distribution has no version.
  if (Number.isNaN(version)) return [{ handle: info, value: 1 }];
  return [
    { handle: info, value: 1 },
    {
      handle: context.series(systemMetrics.osVersion, { id: value("id"), name: value("name"), id_like: value("id_like") }),
      value: version,
    },
  ];
}

function dmiFacts(context: CollectContext): readonly Fact[] {
  const base = `${context.config.host.sys_root}/class/dmi/id`;
  const vendor = readOnce(`${base}/sys_vendor`);
  if (typeof vendor !== "string") {
    context.absent(vendor.path, [systemMetrics.dmiInfo], vendor);
    return [];
  }
  const handle = context.series(systemMetrics.dmiInfo, {
    ...mapLabels(dmiLabels, (label) => textOf(`${base}/${label}`)),
    system_vendor: vendor.trim(),
  });
  return [{ handle, value: 1 }];
}

function openSelinux(context: CollectContext): () => void {
  const enabled = context.series(systemMetrics.selinuxEnabled, {});
  const path = `${context.config.host.sys_root}/fs/selinux/enforce`;
  const enforce = readOnce(path);
  if (typeof enforce !== "string") {
    context.absent(path, [systemMetrics.selinuxEnforcing], enforce);
    // The file system is mounted exactly where SELinux is on; only its absence proves that it is off.
    return () => {
      if (enforce.reason === "not_present") enabled.set(0);
      else enabled.set(1);
    };
  }
  const enforcing = context.series(systemMetrics.selinuxEnforcing, {});
  return () => {
    enabled.set(1);
    const text = readOnce(path);
    if (typeof text === "string") setIfNumber(enforcing, parseNumber(text));
  };
}

/** One value for each label. */
function mapLabels<L extends LabelSpec>(labels: L, value: (label: string) => string): { readonly [K in keyof L]: string } {
  const entries = Object.keys(labels).map((label) => [label, value(label)]);
  // One entry was made for each key; the compiler cannot follow that through Object.fromEntries.
  return Object.fromEntries(entries) as { readonly [K in keyof L]: string };
}

/** An info label is empty where its file is missing or closed. */
function textOf(path: string): string {
  const text = readOnce(path);
  return typeof text === "string" ? text.trim() : "";
}
