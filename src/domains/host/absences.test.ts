/** What the collectors say when a source is missing: the failing path, the errno, and exactly the metrics that are lost. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { CollectorDeclaration } from "../../core/collector.ts";
import type { Metric } from "../../core/metric.ts";
import { openRecorded, testConfig } from "../../../test/support/collect-context.ts";
import { type FixtureTree, copyFixtureTree } from "../../../test/support/fixture-tree.ts";
import { cgroupCollector } from "./cgroup/cgroup.ts";
import { frequencyCollector } from "./cpu/frequency.ts";
import { interruptsCollector } from "./cpu/interrupts.ts";
import { loadCollector } from "./cpu/load.ts";
import { cpuMetrics } from "./cpu/metrics.ts";
import { schedstatCollector } from "./cpu/schedstat.ts";
import { statCollector } from "./cpu/stat.ts";
import { topologyCollector } from "./cpu/topology.ts";
import { edacCollector } from "./memory/edac.ts";
import { fragmentationCollector } from "./memory/fragmentation.ts";
import { meminfoCollector } from "./memory/meminfo.ts";
import { memoryMetrics } from "./memory/metrics.ts";
import { numaCollector } from "./memory/numa.ts";
import { vmstatCollector } from "./memory/vmstat.ts";
import { powerMetrics } from "./power/metrics.ts";
import { raplCollector } from "./power/rapl.ts";
import { pressureCollector } from "./pressure/pressure.ts";
import { identityCollector } from "./system/identity.ts";
import { limitsCollector } from "./system/limits.ts";
import { systemMetrics } from "./system/metrics.ts";
import { timeSettingsCollector, uptimeCollector } from "./system/time.ts";
import { cpuTemperatureCollector } from "./thermal/cpu-temperature.ts";
import { hwmonCollector } from "./thermal/hwmon.ts";
import { thermalMetrics } from "./thermal/metrics.ts";
import { throttleCollector } from "./thermal/throttle.ts";
import { thermalZonesCollector } from "./thermal/zones.ts";

const fixtures = join(import.meta.dirname, "fixtures");

interface LostFile {
  readonly collector: CollectorDeclaration;
  /** The file, or with `removed` the path that fails when a whole directory is gone. */
  readonly path: string;
  readonly removed?: string;
  /** Default: all of the collector's. */
  readonly metrics?: readonly Metric[];
  /** Default: the path. */
  readonly source?: string;
}

const cpu = "sys/devices/system/cpu";
const node = "sys/devices/system/node";
const clock = "sys/devices/system/clocksource/clocksource0";
const kernel = "proc/sys/kernel";
const throttle = `${cpu}/cpu3/thermal_throttle`;

const lostFiles: readonly LostFile[] = [
  { collector: statCollector, path: "proc/stat" },
  { collector: loadCollector, path: "proc/loadavg" },
  { collector: schedstatCollector, path: "proc/schedstat" },
  { collector: interruptsCollector, path: "proc/interrupts" },
  { collector: topologyCollector, path: `${cpu}/online` },
  { collector: meminfoCollector, path: "proc/meminfo" },
  { collector: vmstatCollector, path: "proc/vmstat" },
  { collector: fragmentationCollector, path: "proc/buddyinfo" },
  { collector: numaCollector, path: `${node}/node1/meminfo`, metrics: [memoryMetrics.numaMemory] },
  { collector: numaCollector, path: `${node}/node0/numastat`, metrics: [memoryMetrics.numaAllocations] },
  { collector: numaCollector, path: node, removed: node },
  { collector: edacCollector, path: "sys/devices/system/edac/mc/mc0/ce_count" },
  { collector: edacCollector, path: "sys/devices/system/edac/mc", removed: "sys/devices/system/edac" },
  { collector: pressureCollector, path: "proc/pressure/cpu" },
  { collector: pressureCollector, path: "proc/pressure/memory" },
  { collector: pressureCollector, path: "proc/pressure/io" },
  { collector: pressureCollector, path: "proc/pressure/irq" },
  { collector: hwmonCollector, path: "sys/class/hwmon", removed: "sys/class/hwmon" },
  { collector: hwmonCollector, path: "sys/class/hwmon", removed: "sys/class" },
  { collector: throttleCollector, path: `${cpu}/cpu0/thermal_throttle`, removed: `${cpu}/cpu0/thermal_throttle` },
  { collector: throttleCollector, path: `${throttle}/core_throttle_count`, metrics: [thermalMetrics.coreThrottles] },
  { collector: throttleCollector, path: `${throttle}/core_throttle_total_time_ms`, metrics: [thermalMetrics.coreThrottleTime] },
  { collector: throttleCollector, path: `${throttle}/package_throttle_count`, metrics: [thermalMetrics.packageThrottles] },
  {
    collector: throttleCollector,
    path: `${throttle}/package_throttle_total_time_ms`,
    metrics: [thermalMetrics.packageThrottleTime],
  },
  { collector: thermalZonesCollector, path: "sys/class/thermal/thermal_zone0/temp", metrics: [thermalMetrics.zoneTemperature] },
  {
    collector: thermalZonesCollector,
    path: "sys/class/thermal/cooling_device0/cur_state",
    metrics: [thermalMetrics.coolingState],
  },
  {
    collector: thermalZonesCollector,
    path: "sys/class/thermal/cooling_device0/max_state",
    metrics: [thermalMetrics.coolingStateLimit],
  },
  { collector: raplCollector, path: "sys/class/powercap/intel-rapl:1/energy_uj", metrics: [powerMetrics.energy] },
  { collector: raplCollector, path: "sys/class/powercap", removed: "sys/class/powercap" },
  { collector: cgroupCollector, path: "sys/fs/cgroup", removed: "sys/fs/cgroup" },
  { collector: uptimeCollector, path: "proc/uptime", metrics: [systemMetrics.uptime] },
  { collector: timeSettingsCollector, path: `${clock}/available_clocksource`, metrics: [systemMetrics.clockSourceAvailable] },
  { collector: timeSettingsCollector, path: `${clock}/current_clocksource`, metrics: [systemMetrics.clockSourceCurrent] },
  { collector: limitsCollector, path: `${kernel}/random/entropy_avail`, metrics: [systemMetrics.entropy] },
  { collector: limitsCollector, path: `${kernel}/random/poolsize`, metrics: [systemMetrics.entropyPoolSize] },
  { collector: limitsCollector, path: `${kernel}/threads-max`, metrics: [systemMetrics.maxThreads] },
  { collector: limitsCollector, path: `${kernel}/pid_max`, metrics: [systemMetrics.maxPids] },
  { collector: identityCollector, path: `${kernel}/osrelease`, metrics: [systemMetrics.kernelInfo] },
  {
    collector: identityCollector,
    path: "proc/1/root/etc/os-release",
    metrics: [systemMetrics.osInfo, systemMetrics.osVersion],
  },
  { collector: identityCollector, path: "sys/class/dmi/id/sys_vendor", metrics: [systemMetrics.dmiInfo] },
  { collector: identityCollector, path: "sys/fs/selinux/enforce", metrics: [systemMetrics.selinuxEnforcing] },
  {
    collector: frequencyCollector,
    path: `${cpu}/cpu0/cpufreq/scaling_cur_freq`,
    removed: cpu,
    metrics: [cpuMetrics.cpuFrequencyLimit, cpuMetrics.cpuGovernor],
  },
  {
    collector: thermalZonesCollector,
    path: "sys/class/thermal",
    removed: "sys/class/thermal",
    source: "sys/class/thermal/cooling_device*",
    metrics: [thermalMetrics.coolingState, thermalMetrics.coolingStateLimit],
  },
];

test("a removed file is reported with its path, its errno and the metrics that it carried", async () => {
  // If this fails, `chainpulse doctor` and the dashboard give a wrong reason for a missing chart, or none.
  using tree = copyFixtureTree(join(fixtures, "documented-server"));
  for (const lost of lostFiles) {
    const removed = lost.removed ?? lost.path;
    tree.remove(removed);
    const absences = await absencesOf(lost.collector, tree);
    const path = join(tree.root, lost.path);
    const absence = absences.get(join(tree.root, lost.source ?? lost.path));
    assert.ok(absence !== undefined, `${lost.collector.id} says nothing about ${removed}`);
    assert.equal(absence.reason, "not_present");
    assert.equal(absence.detail, `open ${path}: ENOENT`);
    assert.deepEqual(
      absence.metrics,
      (lost.metrics ?? lost.collector.metrics).map((metric) => metric.name),
      lost.path,
    );
    tree.restore(removed);
  }
});

test("a tree without losses is reported without absences, but for what its kernel does not have", async () => {
  // If this fails, a healthy machine shows reasons for values that are there.
  using tree = copyFixtureTree(join(fixtures, "documented-server"));
  const found: string[] = [];
  for (const collector of new Set(lostFiles.map((lost) => lost.collector))) {
    for (const absence of (await absencesOf(collector, tree)).values()) found.push(absence.detail);
  }
  assert.deepEqual(found, [`${tree.root}/proc/vmstat: no line "oom_kill"`]);
});

test("a machine without a sensor of the processor says where it looked", async () => {
  // If this fails, the literal GraphQL query of the design has a null temperature without a reason.
  using tree = copyFixtureTree(join(fixtures, "captured-vm"));
  const absence = (await absencesOf(cpuTemperatureCollector, tree)).get(`${tree.root}/sys/class/hwmon`);
  assert.deepEqual(absence, {
    reason: "not_present",
    detail: `${tree.root}/sys/class/hwmon and ${tree.root}/sys/class/thermal: no sensor of a processor`,
    metrics: [thermalMetrics.cpuTemperature.name],
  });
});

test("the frequency falls back to cpuinfo where the kernel does not drive it", async () => {
  // If this fails, virtual machines lose their frequency chart.
  using tree = copyFixtureTree(join(fixtures, "captured-vm"));
  tree.remove("proc/cpuinfo");
  const absences = await absencesOf(frequencyCollector, tree);
  assert.equal(absences.get(`${tree.root}/proc/cpuinfo`)?.detail, `open ${tree.root}/proc/cpuinfo: ENOENT`);
  assert.deepEqual(absences.get(`${tree.root}/proc/cpuinfo`)?.metrics, [cpuMetrics.cpuFrequency.name]);
});

async function absencesOf(declaration: CollectorDeclaration, tree: FixtureTree) {
  const collector = await openRecorded(declaration, testConfig(tree.host));
  await collector.tick();
  await collector.close();
  return collector.absences;
}
