import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { openFilesystemUsage } from "./filesystem-usage.ts";

const answer = { sizeBytes: 10, unusedBytes: 5, availableBytes: 4, inodes: 3, inodesFree: 2 };

test("a real file system answers with figures that fit together", async () => {
  // Disk space would be shown wrong on every machine if this fails.
  const usage = await openFilesystemUsage()("/");
  assert.ok("sizeBytes" in usage);
  assert.ok(usage.sizeBytes > 0 && usage.unusedBytes <= usage.sizeBytes && usage.availableBytes <= usage.unusedBytes);
});

test("a path that is not there is that, with its errno", async () => {
  // The operator would not learn which mount is gone if this fails.
  const usage = await openFilesystemUsage()("/no-such-mount");
  assert.ok("errno" in usage);
  assert.deepEqual([usage.reason, usage.detail], ["not_present", "statfs /no-such-mount: ENOENT"]);
});

test("a path that hangs is given up, not asked again, and does not stop the others", async (t) => {
  // One dead NFS server would take all threads of the pool, and with them every file of the program, if this fails.
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const asked: string[] = [];
  const { promise: never, resolve } = Promise.withResolvers<typeof answer>();
  const readUsage = openFilesystemUsage({
    timeoutMs: 2000,
    ask: (path) => {
      asked.push(path);
      return path === "/nfs" ? never : Promise.resolve(answer);
    },
  });
  const first = readUsage("/nfs");
  mock.timers.tick(2000);
  const hung = await first;
  assert.ok("errno" in hung && hung.errno === "ETIMEDOUT");
  assert.ok("errno" in (await readUsage("/nfs")));
  assert.deepEqual(await readUsage("/"), answer);
  assert.deepEqual(asked, ["/nfs", "/"]);
  resolve(answer);
  await never;
  // The late answer frees the path: now it is asked again.
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(await readUsage("/nfs"), answer);
});
