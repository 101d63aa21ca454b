import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openRecorded, testConfig } from "../../../../test/support/collect-context.ts";
import { isShownDevice } from "./device-name.ts";
import { diskstatsCollector } from "./diskstats.ts";

test("whole devices are shown, partitions and loop devices are not", () => {
  // Traffic would be counted twice, or a disk be missing, if this fails.
  for (const name of ["sda", "vda", "xvda", "nvme0n1", "mmcblk0", "dm-0", "md127", "zram0", "cciss/c0d0", "sdaa"]) {
    assert.equal(isShownDevice(name), true, name);
  }
  for (const name of ["sda1", "vda15", "xvda1", "nvme0n1p2", "mmcblk0p1", "mmcblk0boot0", "loop0", "ram3", "fd0", "sdaa1"]) {
    assert.equal(isShownDevice(name), false, name);
  }
});

test("an old kernel's shorter lines give what they have, and a device that goes takes its series along", async () => {
  // Discards and flushes would be 0 on kernels that do not count them if this fails.
  const root = mkdtempSync(join(tmpdir(), "chainpulse-disk-"));
  writeFileSync(
    join(root, "diskstats"),
    "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n   8      16 sdb 1 2 3 4 5 6 7 8 9 10 11\n",
  );
  const collector = await openRecorded(diskstatsCollector, testConfig({ proc_root: root }));
  const values = await collector.tick();
  assert.equal(values['system.disk.operation_time{system.device="sda",disk.io.direction="write"}'], 0.008);
  assert.equal(values['system.disk.io{system.device="sda",disk.io.direction="read"}'], 3 * 512);
  assert.deepEqual(
    Object.keys(values).filter((key) => key.includes("flush") || key.includes("discard")),
    [],
  );
  writeFileSync(join(root, "diskstats"), "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n");
  await collector.tick();
  assert.deepEqual(
    [...collector.liveSeries].filter((key) => key.includes("sdb")),
    [],
  );
  await collector.close();
  rmSync(root, { recursive: true });
});
