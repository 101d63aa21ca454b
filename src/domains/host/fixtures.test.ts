/** The collectors of CPU, memory, heat, power, control groups and system facts, against fixture trees. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { CollectorDeclaration } from "../../core/collector.ts";
import { openRecorded, testConfig } from "../../../test/support/collect-context.ts";
import { type FixtureTree, copyFixtureTree } from "../../../test/support/fixture-tree.ts";
import { cgroupCollector } from "./cgroup/cgroup.ts";
import { frequencyCollector } from "./cpu/frequency.ts";
import { interruptsCollector } from "./cpu/interrupts.ts";
import { loadCollector } from "./cpu/load.ts";
import { schedstatCollector } from "./cpu/schedstat.ts";
import { statCollector } from "./cpu/stat.ts";
import { topologyCollector } from "./cpu/topology.ts";
import { edacCollector } from "./memory/edac.ts";
import { fragmentationCollector } from "./memory/fragmentation.ts";
import { meminfoCollector } from "./memory/meminfo.ts";
import { numaCollector } from "./memory/numa.ts";
import { vmstatCollector } from "./memory/vmstat.ts";
import { raplCollector } from "./power/rapl.ts";
import { pressureCollector } from "./pressure/pressure.ts";
import { identityCollector } from "./system/identity.ts";
import { limitsCollector } from "./system/limits.ts";
import { timeSettingsCollector, uptimeCollector } from "./system/time.ts";
import { cpuTemperatureCollector } from "./thermal/cpu-temperature.ts";
import { hwmonCollector } from "./thermal/hwmon.ts";
import { throttleCollector } from "./thermal/throttle.ts";
import { thermalZonesCollector } from "./thermal/zones.ts";

const fixtures = join(import.meta.dirname, "fixtures");

const collectors: readonly CollectorDeclaration[] = [
  statCollector,
  loadCollector,
  schedstatCollector,
  frequencyCollector,
  interruptsCollector,
  topologyCollector,
  meminfoCollector,
  vmstatCollector,
  fragmentationCollector,
  numaCollector,
  edacCollector,
  pressureCollector,
  cpuTemperatureCollector,
  hwmonCollector,
  throttleCollector,
  thermalZonesCollector,
  raplCollector,
  cgroupCollector,
  uptimeCollector,
  timeSettingsCollector,
  limitsCollector,
  identityCollector,
];

/** Depends on the test machine's time zone, not on the tree; it has a test of its own. */
const notFromTree = /^chainpulse\.host\.time_zone\.offset\{/;

/** Two ticks of the collectors, the second one at the tree's second instant; the second one's samples. */
async function readTree(tree: FixtureTree): Promise<Readonly<Record<string, number>>> {
  const samples: Record<string, number> = {};
  const config = testConfig(tree.host);
  const opened = await Promise.all(collectors.map((declaration) => openRecorded(declaration, config)));
  for (const collector of opened) await collector.tick(1000);
  tree.step();
  for (const collector of opened) {
    Object.assign(samples, await collector.tick(2000));
    assert.deepEqual(collector.complaints, []);
    await collector.close();
  }
  return samples;
}

for (const name of ["captured-vm", "documented-server"]) {
  test(`${name}: every sample is what golden.py computes from the same files`, async () => {
    // If this fails, an operator sees a wrong number for CPU, memory, heat, power or a container.
    using tree = copyFixtureTree(join(fixtures, name));
    const samples = await readTree(tree);
    const golden: unknown = JSON.parse(readFileSync(join(fixtures, name, "golden.json"), "utf8"));
    assertSameSamples(samples, golden);
  });
}

/** Same series, and values equal up to the rounding of one multiplication done in another order. */
function assertSameSamples(actual: Readonly<Record<string, number>>, golden: unknown): void {
  assert.ok(typeof golden === "object" && golden !== null);
  const wanted = new Map(Object.entries(golden));
  const found = Object.keys(actual).filter((key) => !notFromTree.test(key));
  assert.deepEqual(found.toSorted(), [...wanted.keys()].toSorted());
  for (const key of found) {
    const value = actual[key] ?? Number.NaN;
    const expected = Number(wanted.get(key));
    assert.ok(Math.abs(value - expected) <= 1e-12 * Math.abs(expected), `${key}: ${value}, golden ${expected}`);
  }
}
