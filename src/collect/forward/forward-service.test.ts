import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, it } from "node:test";
import { mountDisk } from "../../store/faults/mounted-disk.test-support.ts";
import { scratchDirectory } from "../../store/scratch-directory.test-support.ts";
import { outboxDir } from "../../store/outbox/segment-files.ts";
import type { Destination } from "./destination.ts";
import type { DestinationPlan } from "./destinations.ts";
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
