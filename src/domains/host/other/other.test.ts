/** macOS and Windows with a stand-in for what they say: the project has no such machine. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openRecorded, testConfig } from "../../../../test/support/collect-context.ts";
import type { SystemInformation } from "../../../io/system-information.ts";
import { otherDevicesWith } from "./devices.ts";
import { otherProcessorsWith } from "./processors.ts";

const mac: SystemInformation = {
  cpuTimes: () => [{ user: 1, nice: 0, system: 2, idle: 3, interrupt: 0 }],
  loadAverages: () => [1.5, 1, 0.5],
  uptimeSeconds: () => 100,
  memory: () => Promise.resolve({ totalBytes: 1000, availableBytes: 400, swapUsedBytes: 5, swapFreeBytes: 10 }),
  filesystems: () =>
    Promise.resolve([
      {
        device: "/dev/disk3s1",
        type: "APFS",
        mountpoint: "/",
        sizeBytes: 100,
        usedBytes: 60,
        availableBytes: 30,
        readonly: false,
      },
    ]),
  interfaces: () =>
    Promise.resolve([
      {
        name: "en0",
        receivedBytes: 1,
        transmittedBytes: 2,
        receiveDropped: 3,
        transmitDropped: 4,
        receiveErrors: 5,
        transmitErrors: 6,
      },
    ]),
  diskIo: () => Promise.resolve({ readOperations: 7, writeOperations: 8 }),
};
const windows: SystemInformation = { ...mac, loadAverages: () => [0, 0, 0], diskIo: () => Promise.resolve(null) };

test("processors and memory come in the metrics that Linux has", async () => {
  // The dashboard would stay empty on a Mac if this fails.
  const collector = await openRecorded(
    otherProcessorsWith(() => Promise.resolve(mac)),
    testConfig(),
  );
  assert.deepEqual(await collector.tick(), {
    'system.cpu.time{cpu.logical_number="0",cpu.mode="user"}': 1,
    'system.cpu.time{cpu.logical_number="0",cpu.mode="nice"}': 0,
    'system.cpu.time{cpu.logical_number="0",cpu.mode="system"}': 2,
    'system.cpu.time{cpu.logical_number="0",cpu.mode="idle"}': 3,
    'system.cpu.time{cpu.logical_number="0",cpu.mode="interrupt"}': 0,
    "system.cpu.load_average.1m": 1.5,
    "system.cpu.load_average.5m": 1,
    "system.cpu.load_average.15m": 0.5,
    "system.uptime": 100,
    'system.memory.usage{system.memory.state="used"}': 600,
    'system.memory.usage{system.memory.state="free"}': 400,
    "system.memory.limit": 1000,
    'system.paging.usage{system.paging.state="used"}': 5,
    'system.paging.usage{system.paging.state="free"}': 10,
  });
  assert.equal(collector.absences.size, 0);
});

test("Windows has no load average and tells nothing of its disks: absent, not 0", async () => {
  // A busy Windows machine would be shown as idle if this fails.
  const processors = await openRecorded(
    otherProcessorsWith(() => Promise.resolve(windows)),
    testConfig(),
  );
  assert.deepEqual(
    Object.keys(await processors.tick()).filter((key) => key.includes("load")),
    [],
  );
  assert.equal(processors.absences.get("load")?.reason, "unsupported");
  const devices = await openRecorded(
    otherDevicesWith(() => Promise.resolve(windows)),
    testConfig(),
  );
  assert.deepEqual(
    Object.keys(await devices.tick()).filter((key) => key.startsWith("system.disk")),
    [],
  );
  assert.equal(devices.absences.get("disk_io")?.reason, "unsupported");
});

test("file systems, disks and interfaces come in the metrics that Linux has", async () => {
  // Sent and received, used and free would be mixed up if this fails.
  const collector = await openRecorded(
    otherDevicesWith(() => Promise.resolve(mac)),
    testConfig(),
  );
  const values = await collector.tick();
  const mount = 'system.device="/dev/disk3s1",system.filesystem.mountpoint="/",system.filesystem.type="APFS"';
  assert.equal(values[`system.filesystem.usage{${mount},system.filesystem.state="used"}`], 60);
  assert.equal(values[`system.filesystem.limit{${mount}}`], 100);
  assert.equal(values['system.network.io{network.interface.name="en0",network.io.direction="transmit"}'], 2);
  assert.equal(values['system.network.errors{network.interface.name="en0",network.io.direction="receive"}'], 5);
  assert.equal(values['system.disk.operations{system.device="all",disk.io.direction="write"}'], 8);
});
