import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { openRecorded, testConfig } from "../../../../test/support/collect-context.ts";
import { nvmeCollector } from "./nvme.ts";
import { smartWith } from "./smart.ts";
import { parseSmartctl } from "./smartctl-json.ts";

// Written after smartmontools' sources and the specifications named in smartctl-json.ts: no such drive was at hand.
const nvme = {
  smart_status: { passed: true, nvme: { value: 0 } },
  nvme_smart_health_information_log: {
    critical_warning: 0,
    percentage_used: 7,
    available_spare: 100,
    media_errors: 2,
    unsafe_shutdowns: 3,
    data_units_written: 1000,
  },
  temperature: { current: 41 },
  power_on_time: { hours: 10 },
};
const ata = {
  smart_status: { passed: false },
  ata_smart_attributes: {
    table: [
      { id: 5, name: "Reallocated_Sector_Ct", raw: { value: 8, string: "8" } },
      { id: 187, raw: { value: 1 } },
    ],
  },
};

test("an NVMe and an ATA drive say what they have, in base units", () => {
  // A failing drive would not be seen, or a healthy one be replaced, if this fails.
  assert.deepEqual(parseSmartctl(JSON.stringify(nvme)), {
    passed: 1,
    endurance: 0.07,
    spare: 1,
    temperature: 41,
    mediaErrors: 2,
    reallocated: Number.NaN,
    powerOnTime: 36_000,
    unsafeShutdowns: 3,
    written: 512_000_000,
  });
  const disk = parseSmartctl(JSON.stringify(ata));
  assert.deepEqual([disk?.passed, disk?.reallocated, disk?.mediaErrors, disk?.endurance], [0, 8, 1, Number.NaN]);
});

test("what is not a health log is nothing, whatever it is", () => {
  // A virtual disk would be shown as failing if this fails.
  assert.equal(parseSmartctl("{}"), null);
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseSmartctl(text)));
});

function openDrives(...names: readonly string[]): { readonly root: string } & Disposable {
  const root = mkdtempSync(join(tmpdir(), "chainpulse-smart-"));
  for (const name of names) mkdirSync(join(root, "block", name), { recursive: true });
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

test("drives are asked by their path, memory and mappings are not", async () => {
  // zram would be asked for its health, or a drive be left out, if this fails.
  using drives = openDrives("nvme0n1", "sda", "zram0", "dm-0", "md0", "loop0");
  const asked: string[] = [];
  const declaration = smartWith((device) => {
    asked.push(device);
    return Promise.resolve(device === "/dev/sda" ? "{}" : JSON.stringify(nvme));
  });
  const collector = await openRecorded(declaration, testConfig({ sys_root: drives.root }));
  const values = await collector.tick();
  assert.deepEqual(asked.toSorted(), ["/dev/nvme0n1", "/dev/sda"]);
  assert.equal(values['chainpulse.host.disk.smart.passed{system.device="nvme0n1"}'], 1);
  assert.deepEqual([...collector.absences.keys()], ["sda"]);
  await collector.close();
});

test("without smartctl there is one absence with the remedy, and it is not called for each drive", async () => {
  // Ten drives would mean ten failed programs and ten messages at every run if this fails.
  using drives = openDrives("sda", "sdb");
  let calls = 0;
  let answer: string | { readonly reason: "not_present"; readonly detail: string } = {
    reason: "not_present",
    detail: "smartctl is not installed",
  };
  const collector = await openRecorded(
    smartWith(() => {
      calls++;
      return Promise.resolve(answer);
    }),
    testConfig({ sys_root: drives.root }),
  );
  assert.deepEqual(await collector.tick(), {});
  assert.equal(calls, 1);
  assert.deepEqual([...collector.absences.keys()], ["smartctl"]);
  answer = JSON.stringify(nvme);
  await collector.tick();
  assert.equal(collector.absences.size, 0);
  await collector.close();
});

test("a controller that is not live is 0 and says its state; a machine without NVMe says so", async () => {
  // A dead drive would be shown as healthy, or every virtual machine as broken, if this fails. Files as kernel drivers/nvme/host/sysfs.c.
  using drives = openDrives();
  const directory = join(drives.root, "class/nvme/nvme0");
  mkdirSync(directory, { recursive: true });
  for (const [file, text] of Object.entries({ state: "live", model: "Maker 990  ", serial: "S1", firmware_rev: "1B2" })) {
    writeFileSync(join(directory, file), `${text}\n`);
  }
  const collector = await openRecorded(nvmeCollector, testConfig({ sys_root: drives.root }));
  const key = (state: string) =>
    `chainpulse.host.nvme.info{nvme.controller="nvme0",device.model="Maker 990",device.serial="S1",device.firmware="1B2",nvme.state="${state}"}`;
  const live = 'chainpulse.host.nvme.live{nvme.controller="nvme0"}';
  assert.deepEqual(await collector.tick(), { [live]: 1, [key("live")]: 1 });
  writeFileSync(join(directory, "state"), "dead\n");
  assert.deepEqual(await collector.tick(), { [live]: 0, [key("dead")]: 1 });
  rmSync(join(drives.root, "class"), { recursive: true });
  assert.deepEqual(await collector.tick(), {});
  const root = join(drives.root, "class/nvme");
  assert.deepEqual(
    [...collector.absences].map(([source, { reason, detail }]) => [source, reason, detail]),
    [[root, "not_present", `open ${root}: ENOENT`]],
  );
  assert.equal(collector.liveSeries.size, 0);
  await collector.close();
});
