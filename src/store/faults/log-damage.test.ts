import assert from "node:assert/strict";
import { copyFileSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import fc from "fast-check";
import { partitionFile } from "../partition/partition-files.ts";
import { PartitionWriter } from "../partition/partition-writer.ts";
import { noonMs } from "../ticks.test-support.ts";
import { scanWal } from "../partition/wal-scan.ts";
import { scratchDirectory } from "../scratch-directory.test-support.ts";

const ticks = 12;
const seriesCount = 700;

interface Killed {
  /** The database, without its log. */
  readonly database: Uint8Array;
  readonly wal: Uint8Array;
  /** Ends of frames, with whether the frame ends a commit. */
  readonly frames: ReadonlyMap<number, boolean>;
}

/** The files of a partition of one tick a second, as a kill leaves them; each tick takes several pages. */
function killed(): Killed {
  return inDirectory((directory) => {
    const file = partitionFile(directory, noonMs);
    const writer = new PartitionWriter(file);
    writer.setLayout(
      Uint32Array.from({ length: seriesCount }, (_, i) => i),
      seriesCount,
    );
    for (let tick = 0; tick < ticks; tick++) {
      const values = Float64Array.from({ length: seriesCount }, (_, i) => tick + Math.sqrt(i));
      writer.append(noonMs + 1000 * tick, new Uint8Array(values.buffer));
    }
    const wal = Uint8Array.from(readFileSync(`${file.path}-wal`));
    const copy = join(directory, "copy");
    copyFileSync(file.path, copy);
    const database = Uint8Array.from(readFileSync(copy));
    writer.abandon();
    const view = new DataView(wal.buffer);
    const frameBytes = 24 + view.getUint32(8);
    const frames = new Map<number, boolean>();
    for (let at = 32; at < wal.length; at += frameBytes) frames.set(at + frameBytes, view.getUint32(at + 4) > 0);
    return { database, wal, frames };
  });
}

function inDirectory<T>(work: (directory: string) => T): T {
  const directory = scratchDirectory("chainpulse-log-");
  try {
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** When the log was written to last. */
const writtenMs = noonMs + 1000 * ticks;

/** Puts the files down, and returns the path of the database. */
function put(directory: string, { database }: Killed, wal: Uint8Array): string {
  const { path } = partitionFile(directory, noonMs);
  writeFileSync(path, database);
  writeFileSync(`${path}-wal`, wal);
  utimesSync(`${path}-wal`, writtenMs / 1000, writtenMs / 1000);
  return path;
}

/** How many ticks SQLite finds. */
function ticksFound(path: string): number {
  const database = new DatabaseSync(path);
  try {
    const hasTable = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'ticks'").get()?.["n"] === 1;
    return hasTable ? Number(database.prepare("SELECT count(*) AS n FROM ticks").get()?.["n"]) : 0;
  } finally {
    database.close();
  }
}

describe("a damaged log", () => {
  it("is told from one that ends with a commit, wherever it is cut within its last 4 KiB", () => {
    // Seconds that were acknowledged would vanish with a power loss, and nothing would say so.
    const store = killed();
    inDirectory((directory) => {
      const path = put(directory, store, store.wal);
      for (let length = store.wal.length; length >= store.wal.length - 4200; length--) {
        truncateSync(`${path}-wal`, length);
        const isCommit = length === store.wal.length ? true : store.frames.get(length);
        const expected = isCommit === true ? null : isCommit === false ? "open" : "cut";
        assert.equal(scanWal(path)?.kind ?? null, expected, `${length} of ${store.wal.length} bytes`);
      }
    });
  });

  it("gives every whole commit, notes what may be missing, and is whole afterwards", () => {
    // The same; and the next start would say it again, or find the rest of the old log behind the new commits.
    const store = killed();
    const ends = [...store.frames].filter(([, isCommit]) => isCommit).map(([end]) => end);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30_000 }), (cut) => {
        inDirectory((directory) => {
          const length = store.wal.length - cut;
          const file = { path: put(directory, store, store.wal.slice(0, length)), startMs: noonMs };
          // The first commit makes the tables.
          const whole = ends.filter((end) => end <= length).length - 1;
          const writer = new PartitionWriter(file);
          assert.equal(writer.headTicks, whole);
          const lastMs = noonMs + 1000 * (whole - 1);
          const isBoundary = store.frames.has(length);
          assert.deepEqual(writer.lostInLog, isBoundary ? null : { fromMs: lastMs + 1, toMs: writtenMs });
          writer.setLayout(Uint32Array.of(1), 1);
          writer.append(writtenMs + 1, new Uint8Array(8));
          writer.abandon();
          assert.equal(scanWal(file.path), null);
          const again = new PartitionWriter(file);
          assert.deepEqual([again.lostInLog, again.headTicks], [null, whole + 1]);
          again.close();
        });
      }),
      { numRuns: 40 },
    );
  });

  it("is found wherever a bit flips", () => {
    // The same for a disk that rots. SQLite itself ends at the first wrong checksum, without a word.
    const store = killed();
    inDirectory((directory) => {
      const path = put(directory, store, store.wal);
      const frameBytes = (store.wal.length - 32) / store.frames.size;
      const frame = fc.nat(store.frames.size - 1);
      // Page number, pages after the commit, salts, checksums, content; and the log's own header.
      const inFrame = fc.oneof(fc.nat(23), fc.integer({ min: 24, max: frameBytes - 1 }));
      const place = fc.oneof(
        fc.record({ frame, at: inFrame }).map((one) => 32 + one.frame * frameBytes + one.at),
        fc
          .record({ frame: fc.constant(store.frames.size - 1), at: inFrame })
          .map((one) => 32 + one.frame * frameBytes + one.at),
        fc.nat(31),
      );
      fc.assert(
        fc.property(place, fc.nat(7), (at, bit) => {
          const wal = Uint8Array.from(store.wal);
          wal[at] = (wal[at] ?? 0) ^ (1 << bit);
          put(directory, store, wal);
          const kind = scanWal(path)?.kind;
          assert.equal(kind, at >= 32 + (store.frames.size - 1) * frameBytes ? "cut" : "hole");
          const found = ticksFound(path);
          assert.ok(found < ticks, `SQLite finds ${found}`);
          rmSync(`${path}-shm`, { force: true });
        }),
        { numRuns: 60 },
      );
    });
  });

  it("does not take what is left of an older log, or of a commit that had not ended, for a loss", () => {
    // After each kill an operator would read that samples are missing.
    inDirectory((directory) => {
      const file = partitionFile(directory, noonMs);
      const writer = new PartitionWriter(file);
      writer.setLayout(Uint32Array.of(1), 1);
      const samples = new Uint8Array(8);
      // The log is begun anew behind each checkpoint, and keeps its length.
      for (let round = 0; round < 5; round++) {
        const database = new DatabaseSync(file.path);
        database.exec("PRAGMA wal_checkpoint(RESTART)");
        database.close();
        for (let tick = 0; tick < 20 - 3 * round; tick++) writer.append(noonMs + 100 * round + tick, samples);
        assert.equal(scanWal(file.path), null, `round ${round}`);
      }
      writer.abandon();
    });
  });
});
