import assert from "node:assert/strict";
import { closeSync, mkdtempDisposableSync, openSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { LogSync } from "./log-sync.ts";

/** A file that cannot be synced: of a character device the system says EINVAL. Source: man 2 fdatasync. */
const failing = "/dev/null";

/** What becomes of it, without waiting for it. */
function outcomeOf(promise: Promise<void>): { text: string } {
  const outcome = { text: "open" };
  promise.then(
    () => (outcome.text = "on the disk"),
    (error: unknown) => (outcome.text = String(error)),
  );
  return outcome;
}

// What breaks: somebody is told that samples are on the disk, forgets them, and a power loss takes them.
describe("bringing a log to the disk", () => {
  test("who has written waits for the system, and nobody else does", async () => {
    using directory = mkdtempDisposableSync(join(tmpdir(), "log-sync-"));
    const path = join(directory.path, "log");
    const file = openSync(path, "w");
    writeSync(file, "written");
    const log = new LogSync(path);
    const never = (): void => assert.fail("the disk works");
    const idle = outcomeOf(log.synced(never));
    await Promise.resolve();
    assert.equal(idle.text, "on the disk");
    log.wrote();
    const first = log.synced(never);
    const beside = outcomeOf(log.synced(never));
    log.wrote();
    const late = log.synced(never);
    await Promise.resolve();
    assert.equal(beside.text, "open", "what is under way is not done");
    await Promise.all([first, late]);
    assert.equal(beside.text, "on the disk");
    log.close();
    closeSync(file);
  });

  test("closing leaves nobody waiting", async () => {
    using directory = mkdtempDisposableSync(join(tmpdir(), "log-sync-"));
    const path = join(directory.path, "log");
    closeSync(openSync(path, "w"));
    const log = new LogSync(path);
    log.wrote();
    const first = log.synced(() => undefined);
    log.wrote();
    const second = log.synced(() => undefined);
    log.close();
    await Promise.all([first, second]);
  });

  test("one failure is told to all, once to the log, and holds until the content is safe elsewhere", async () => {
    const log = new LogSync(failing);
    const failures: string[] = [];
    const note = ({ message }: Error): void => void failures.push(message);
    log.wrote();
    const [first, beside] = [log.synced(note), log.synced(note)];
    log.wrote();
    const after = log.synced(note);
    await assert.rejects(first, { code: "EINVAL" });
    await assert.rejects(beside, { code: "EINVAL" });
    await assert.rejects(after, { code: "EINVAL" });
    await assert.rejects(log.synced(note), { code: "EINVAL" }, "nothing new, but what is there may be lost");
    assert.throws(() => log.sync(), { code: "EINVAL" });
    assert.equal(failures.length, 1);
    assert.ok(log.hasFailed);
    log.reset();
    await log.synced(note);
    log.close();
  });
});
