import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { configSchema } from "../../core/config.ts";
import { mountDisk } from "../../store/faults/mounted-disk.test-support.ts";
import { keepLines } from "../../store/log-lines.test-support.ts";
import { outboxDir } from "../../store/outbox/segment-files.ts";
import { scratchDirectory } from "../../store/scratch-directory.test-support.ts";
import { openWriter } from "../../store/writer.ts";
import type { Destination } from "./destination.ts";
import type { DestinationPlan } from "./destinations.ts";
import { startReceiver } from "./receiver.test-support.ts";
import { openServiceLab } from "./service-lab.test-support.ts";

interface Peer {
  readonly plan: DestinationPlan;
  /** Values that it was sent, in order. */
  readonly sent: number[];
  /** Why it cannot be made; `null` where it can. */
  trouble: string | null;
  /** How often it was made. */
  made: number;
}

function peer(name: string): Peer {
  const sent: number[] = [];
  const destination: Destination = {
    id: name,
    address: `there, at ${name}`,
    maxSamples: 100,
    send: (records) => {
      sent.push(...records.flatMap(({ samples }) => [...samples.values]));
      return Promise.resolve({ kind: "stored" });
    },
    close: () => undefined,
  };
  const one: Peer = {
    sent,
    trouble: null,
    made: 0,
    plan: {
      kind: "remote_write",
      id: name,
      address: destination.address,
      settings: name,
      make: () => {
        if (one.trouble !== null) return Promise.reject(new Error(one.trouble));
        one.made++;
        return Promise.resolve(destination);
      },
    },
  };
  return one;
}

describe("how far each destination has come", () => {
  it("is written down again as soon as there is room: a full disk ends nothing and is told once", async (context) => {
    // If this fails, a disk that is full for a second ends all sending until somebody restarts the node.
    using disk = mountDisk(1024 * 1024);
    if (disk === null) return context.skip("needs the right to mount a tmpfs");
    const there = peer("there");
    await using lab = openServiceLab(context, { dataDir: disk.path, plansOf: () => [there.plan] });
    await lab.service.start();
    lab.tick(1);
    await lab.until(() => there.sent.length === 1);
    disk.fill();
    for (let second = 0; second < 3; second++) {
      // What is left of the file's page takes it.
      lab.tick(2 + second);
      await lab.until(() => there.sent.length === 2 + second);
      lab.passSecond();
    }
    assert.equal(lab.reports(), 3);
    assert.equal(lab.reported().get("there")?.sent, 4);
    assert.equal(lab.cursors().get("there"), 0);
    assert.equal(lab.lines.filter(({ level }) => level === "error").length, 1);
    disk.free();
    lab.passSecond();
    assert.ok((lab.cursors().get("there") ?? 0) > 0);
    assert.deepEqual(there.sent, [1, 2, 3, 4]);
  });

  it("is no longer written down once the queue was deleted, which is no error", async (context) => {
    // If this fails, whoever takes the last destination out of the configuration is told of an error.
    const dataDir = scratchDirectory("chainpulse-service-");
    const there = peer("there");
    await using lab = openServiceLab(context, { dataDir, plansOf: () => [there.plan] });
    await lab.service.start();
    // As the data thread does, before it is this thread's turn.
    rmSync(outboxDir(dataDir), { recursive: true });
    lab.passSecond();
    await lab.service.stop(0);
    assert.deepEqual(lab.lines, []);
    rmSync(dataDir, { recursive: true });
  });
});

describe("a destination that cannot be made", () => {
  it("for its certificate's file keeps no other from being sent to, and is shown as one that is away", async (context) => {
    // If this fails, one wrong path ends all sending, or has everything be sent twice after it was put right.
    const dataDir = scratchDirectory("chainpulse-service-");
    const writer = openWriter({ dataDir, logger: keepLines().logger, retentionDays: 30, maxBytes: 1e9 });
    const ref = writer.resolve({ __name__: "m" });
    writer.commit(1000, Uint32Array.of(ref), Float64Array.of(1), 1);
    await using receiver = await startReceiver(() => ({ status: 204 }));
    const good = { url: receiver.url, name: "good" };
    const bad = { url: "https://example.invalid/write", name: "bad", ca_file: join(dataDir, "ca.pem") };
    const config = configSchema.parse({ remote_write: [good, bad] });
    {
      await using lab = openServiceLab(context, { dataDir, ref, config });
      await lab.service.start();
      lab.tick(1);
      await lab.until(() => receiver.requests.length === 1 && lab.lines.length > 0);
      lab.passSecond();
      const { failing, sent, pendingSinceMs, address } = lab.reported().get("remote_write:bad") ?? {};
      assert.match(String(failing), /ENOENT.*ca\.pem/);
      assert.deepEqual({ sent, address }, { sent: 0, address: "https://example.invalid/write" });
      assert.equal(typeof pendingSinceMs, "number");
      await lab.until(() => {
        lab.passSecond();
        return lab.reported().get("remote_write:good")?.sent === 1;
      });
      // What waits for it is kept for it.
      assert.equal(lab.cursors().get("remote_write:bad"), 0);
      assert.ok((lab.cursors().get("remote_write:good") ?? 0) > 0);
      assert.deepEqual(
        lab.lines.flatMap(({ level, message }) => (level === "debug" ? [] : [[level, message]])),
        [["warn", "samples do not reach https://example.invalid/write"]],
      );
      await lab.service.reconfigure(configSchema.parse({ remote_write: [good] }));
      lab.tick(2);
      await lab.until(() => receiver.requests.length === 2);
      assert.deepEqual([...lab.cursors().keys()], ["remote_write:good"]);
    }
    // A loop that nobody knew of would go on, and send all of it too.
    assert.equal(receiver.requests.length, 2);
    writer.close();
    rmSync(dataDir, { recursive: true });
  });

  it("is tried again, and goes on where it was", async (context) => {
    // If this fails, a disk that is mounted late costs a destination all that was stored before somebody restarts the node.
    const dataDir = scratchDirectory("chainpulse-service-");
    const [there, away] = [peer("there"), peer("away")];
    const plansOf = (): readonly DestinationPlan[] => [away.plan, there.plan];
    {
      await using lab = openServiceLab(context, { dataDir, plansOf });
      await lab.service.start();
      lab.tick(1);
      await lab.until(() => away.sent.length === 1 && there.sent.length === 1);
    }
    away.trouble = "ENOENT: no such file or directory, open 'ca.pem'";
    {
      await using lab = openServiceLab(context, { dataDir, plansOf });
      const before = lab.cursors().get("away");
      await lab.service.start();
      lab.tick(2);
      await lab.until(() => there.sent.length === 2);
      lab.passSecond();
      assert.equal(lab.reported().get("away")?.failing, away.trouble);
      assert.equal(lab.cursors().get("away"), before);
      away.trouble = null;
      await lab.until(() => away.sent.length === 2);
      assert.deepEqual(
        [away.sent, there.sent],
        [
          [1, 2],
          [1, 2],
        ],
      );
      assert.equal(away.made, 2);
    }
    rmSync(dataDir, { recursive: true });
  });

  it("is started once, however often the configuration is read meanwhile", async (context) => {
    // If this fails, everything is sent twice until the next restart.
    const dataDir = scratchDirectory("chainpulse-service-");
    const there = peer("there");
    await using lab = openServiceLab(context, { dataDir, plansOf: () => [there.plan] });
    await Promise.all([lab.service.start(), lab.service.reconfigure(configSchema.parse({}))]);
    assert.equal(there.made, 1);
    lab.tick(1);
    await lab.until(() => there.sent.length > 0);
    assert.deepEqual(there.sent, [1]);
    rmSync(dataDir, { recursive: true });
  });
});
