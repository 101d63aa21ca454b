import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openRecorded } from "../../../../test/support/collect-context.ts";
import type { ReadUsage } from "../../../io/filesystem-usage.ts";
import { failureOf } from "../../../io/proc-file.ts";
import { openIoTree } from "../fixtures/io-tree.ts";
import { filesystemsWith } from "./filesystems.ts";
import { filesystemMetrics } from "./metrics.ts";
import { parseMounts } from "./mounts.ts";

const answer = { sizeBytes: 1000, unusedBytes: 400, availableBytes: 300, inodes: 50, inodesFree: 20 };
const errorOf = (code: string): Error => Object.assign(new Error(code), { code });
const labels = 'system.device="/dev/vda",system.filesystem.mountpoint="/",system.filesystem.type="ext4"';

test("used, free and reserved make up the size; the path is seen through the first process", async () => {
  // Free space would be overstated by what is reserved for root if this fails.
  using tree = openIoTree();
  const asked: string[] = [];
  const readUsage: ReadUsage = (path) => {
    asked.push(path);
    return Promise.resolve(answer);
  };
  const collector = await openRecorded(filesystemsWith(readUsage), tree.config());
  const values = await collector.tick();
  assert.deepEqual(asked, [`${tree.root}/proc/1/root/`]);
  const state = (name: string) => values[`system.filesystem.usage{${labels},system.filesystem.state="${name}"}`];
  assert.deepEqual([state("used"), state("free"), state("reserved")], [600, 300, 100]);
  assert.equal(values[`chainpulse.host.filesystem.readonly{${labels}}`], 0);
  assert.equal(values[`chainpulse.host.filesystem.device_error{${labels}}`], 0);
  await collector.close();
});

test("a file system that does not answer is an error and an absence; then it comes back", async () => {
  // A hung NFS server would look like a full or an empty disk if this fails.
  using tree = openIoTree();
  let result: Awaited<ReturnType<ReadUsage>> = {
    reason: "stale",
    detail: "statfs /: no answer in 2000 ms",
    path: "/",
    errno: "ETIMEDOUT",
  };
  const collector = await openRecorded(
    filesystemsWith(() => Promise.resolve(result)),
    tree.config(),
  );
  const values = await collector.tick();
  assert.deepEqual(Object.keys(values), [
    `chainpulse.host.filesystem.readonly{${labels}}`,
    `chainpulse.host.filesystem.device_error{${labels}}`,
  ]);
  assert.equal(values[`chainpulse.host.filesystem.device_error{${labels}}`], 1);
  assert.equal(collector.absences.get("/")?.reason, "stale");
  result = { ...answer, inodes: 0, inodesFree: 0 };
  const later = await collector.tick();
  assert.equal(later[`system.filesystem.limit{${labels}}`], 1000);
  // btrfs has no number of inodes: no value is not 0.
  assert.equal(later[`chainpulse.host.filesystem.inode.limit{${labels}}`], undefined);
  assert.equal(collector.absences.size, 0);
  await collector.close();
});

test("what may not be looked at behind the host's first process is no error: one absence says why, for all disks", async () => {
  // A container would ring a critical alarm for each disk of a healthy machine if this fails.
  using tree = openIoTree();
  tree.write("proc/1/mounts", "/dev/vda / ext4 rw 0 0\n/dev/vdb /data xfs ro 0 0\n");
  const refuse: ReadUsage = (path) => Promise.resolve(failureOf("statfs", path, errorOf("EACCES")));
  let readUsage = refuse;
  const collector = await openRecorded(
    filesystemsWith((path) => readUsage(path)),
    tree.config(),
  );
  const data = labels.replace("vda", "vdb").replace('"/"', '"/data"').replace("ext4", "xfs");
  // What the table of mounts says is known all the same.
  assert.deepEqual(await collector.tick(), {
    [`chainpulse.host.filesystem.readonly{${labels}}`]: 0,
    [`chainpulse.host.filesystem.readonly{${data}}`]: 1,
  });
  const root = `${tree.root}/proc/1/root`;
  assert.deepEqual([...collector.absences.keys()], [root]);
  assert.equal(collector.absences.get(root)?.reason, "no_permission");
  assert.match(collector.absences.get(root)?.fix ?? "", /CAP_SYS_PTRACE.*as a service/);
  assert.ok(collector.absences.get(root)?.metrics.includes(filesystemMetrics.error.name));
  readUsage = () => Promise.resolve(answer);
  assert.equal((await collector.tick())[`chainpulse.host.filesystem.device_error{${labels}}`], 0);
  assert.equal(collector.absences.size, 0);
  await collector.close();
});

test("a mount below a private directory, or below another mount, is no error, and its neighbours are measured", async () => {
  // Whoever starts ChainPulse as an ordinary user would be told that a file system does not answer if this fails.
  using tree = openIoTree();
  tree.write("proc/1/mounts", "/dev/vda / ext4 rw 0 0\n/dev/vdb /home/geth/data ext4 rw 0 0\n/dev/vdc /old/part ext4 rw 0 0\n");
  for (const [errno, reason] of Object.entries({ EACCES: "no_permission", ENOENT: "not_present" })) {
    const collector = await openRecorded(
      filesystemsWith((path) => Promise.resolve(path.endsWith("/root/") ? answer : failureOf("statfs", path, errorOf(errno)))),
      tree.config(),
    );
    const values = await collector.tick();
    const errors = Object.entries(values).filter(([name]) => name.includes("device_error"));
    assert.deepEqual(errors, [[`chainpulse.host.filesystem.device_error{${labels}}`, 0]]);
    assert.equal(values[`system.filesystem.limit{${labels}}`], 1000);
    assert.ok([...collector.absences.values()].every((absence) => absence.reason === reason && absence.detail.endsWith(errno)));
    await collector.close();
  }
});

test("mounts: a mount that only a hardened service sees read-only is not", () => {
  // Alerts of full disks leave read-only file systems out: under the systemd unit none would ever fire if this fails.
  const mounts = ["/dev/vda / ext4 ro,relatime 0 0", "/dev/vdb /old\\040disk ext4 ro 0 0", "/dev/vdc /data xfs ro 0 0"].join(
    "\n",
  );
  const mountinfo = [
    "25 1 254:0 / / ro,relatime shared:1 - ext4 /dev/vda rw,discard",
    "26 25 254:16 / /old\\040disk ro,relatime master:2 - ext4 /dev/vdb ro",
    "27 25 254:32 / /data ro - xfs /dev/vdc rw",
  ].join("\n");
  assert.deepEqual(
    parseMounts(mounts, mountinfo).map(({ readonly }) => readonly),
    [false, true, false],
  );
  assert.deepEqual(
    parseMounts(mounts).map(({ readonly }) => readonly),
    [true, true, true],
  );
});

test("mounts: pseudo file systems and second mounts of a device are left out, escapes are undone", () => {
  // /proc would be shown as a full disk, or a volume be missing, if this fails.
  const text = [
    "proc /proc proc rw 0 0",
    "/dev/sda1 / ext4 rw,relatime 0 0",
    "/dev/sda1 /etc/hosts ext4 rw 0 0",
    "/dev/sdb1 /data\\040disk xfs ro,noatime 0 0",
    "server:/export /mnt/nfs nfs4 rw 0 0",
    "overlay /var/lib/docker/overlay2/abc/merged overlay rw 0 0",
    "tmpfs /run tmpfs rw 0 0",
    "tmpfs /run/user/1000 tmpfs rw 0 0",
    "/dev/loop0 /snap/core squashfs ro 0 0",
    "",
  ].join("\n");
  assert.deepEqual(
    parseMounts(text).map(({ device, mountpoint, readonly }) => [device, mountpoint, readonly]),
    [
      ["/dev/sda1", "/", false],
      ["/dev/sdb1", "/data disk", true],
      ["server:/export", "/mnt/nfs", false],
      ["tmpfs", "/run", false],
    ],
  );
  assert.equal(parseMounts("overlay / overlay rw 0 0\n").length, 1);
});

test("no text makes the parser of mounts throw", () => {
  // One odd mount would hide all file systems if this fails.
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void parseMounts(text)));
});
