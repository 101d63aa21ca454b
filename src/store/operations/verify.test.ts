import assert from "node:assert/strict";
import { cpSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import type { SampleWriter, SeriesSamples } from "../../core/storage.ts";
import { telemetryDir, telemetryKinds } from "../beside/telemetry-files.ts";
import { batchOf, telemetryLab } from "../beside/telemetry.test-support.ts";
import { catalogCopyPath, catalogPath } from "../catalog/catalog-files.ts";
import { listFiles, listPartitions } from "../partition/partition-files.ts";
import { openReader } from "../reader.ts";
import { listStoreFiles } from "./store-files.ts";
import { bitsOf, maintainAll, type TemporaryStore, temporaryStore } from "../temporary-store.test-support.ts";
import { noonMs, quietLogger } from "../ticks.test-support.ts";
import { verifyStore } from "./verify.ts";

// If these fail, an operator trusts a damaged store or backup, or throws a sound one away.

const seriesCount = 70;
const ticks = 300;

describe("a store at rest", () => {
  let origin: TemporaryStore;
  before(() => {
    origin = temporaryStore();
    const writer = origin.writer({ partitionMs: 100_000, sealTicks: 40 });
    fill(writer, ticks);
    writer.close();
  });
  after(() => origin[Symbol.dispose]());

  it("is sound, and all of it is read", () => {
    const deep = verifyStore(origin.dataDir, { quick: false });
    assert.deepEqual(deep.problems, []);
    assert.deepEqual([deep.samples, deep.series], [seriesCount * ticks, seriesCount]);
    assert.equal(deep.files, listStoreFiles(origin.dataDir).length);
    const quick = verifyStore(origin.dataDir, { quick: true });
    assert.deepEqual(quick, { ...deep, samples: null });
  });

  it("has no bit that can flip unnoticed", () => {
    const pristine = contentOf(origin.dataDir);
    const files = listStoreFiles(origin.dataDir).filter(({ kind }) => kind === "samples" || kind === "catalogue");
    fc.assert(
      fc.property(
        fc.nat(files.length - 1),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat(7),
        (index, place, bit) => {
          using directory = copyOf(origin.dataDir);
          const path = join(directory.path, files[index]?.name ?? "");
          const bytes = readFileSync(path);
          const at = Math.floor(place * bytes.length);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
          writeFileSync(path, bytes);
          const { problems } = verifyStore(directory.path, { quick: false });
          // Bytes that nobody reads, in unused parts of pages, may flip.
          if (problems.length === 0) assert.deepEqual(contentOf(directory.path), pristine);
        },
      ),
      { numRuns: 40 },
    );
  });

  const faults: readonly (readonly [name: string, sql: string, problem: RegExp])[] = [
    ["a block that is gone", "DELETE FROM blocks WHERE id = (SELECT max(id) FROM blocks)", /^blocks are missing/],
    [
      "data of another block",
      "UPDATE blocks SET data = (SELECT data FROM blocks ORDER BY id LIMIT 1)",
      /^block \d+: its (times|members) are not those/,
    ],
    ["a row with another time", "UPDATE blocks SET t1 = t1 + 1", /^the row of block \d+ is damaged/],
    ["no record of progress", "DELETE FROM progress", /^the record of what is in the file is damaged/],
    ["a gap", "INSERT INTO gaps VALUES (1, 2)", /^ticks were damaged before they were sealed/],
    ["another format", "PRAGMA user_version = 1", /^the file has the older format 1/],
    ["no format", "PRAGMA user_version = 0", /^the file has lost its format number/],
    ["a format of the future", "PRAGMA user_version = 99", /^the file has format 99/],
  ];
  for (const [name, sql, problem] of faults) {
    it(`names ${name}`, () => {
      using directory = copyOf(origin.dataDir);
      const { path } = listPartitions(directory.path)[0] ?? { path: "" };
      change(path, sql);
      const { problems } = verifyStore(directory.path, { quick: true });
      assert.ok(
        problems.some((found) => found.path === path && problem.test(found.problem)),
        JSON.stringify(problems),
      );
    });
  }

  it("names series without labels, and a catalogue that has lost some", () => {
    using directory = copyOf(origin.dataDir);
    for (const path of [catalogPath(directory.path), catalogCopyPath(directory.path)]) change(path, "DELETE FROM chunks");
    const { problems } = verifyStore(directory.path, { quick: true });
    assert.ok(problems.some(({ problem }) => problem === `0 series are readable, ${seriesCount} should be there`));
    assert.ok(problems.some(({ problem }) => /^there are samples of 70 series without labels: 0, 1, .*…$/.test(problem)));
  });

  it("is told apart from a directory that is not there", () => {
    assert.throws(() => verifyStore(join(origin.dataDir, "none"), { quick: true }), { code: "NOT_FOUND" });
  });
});

it("a store in use is read to its newest tick, and its writer goes on", () => {
  using store = temporaryStore();
  const writer = store.writer({ sealTicks: 40 });
  fill(writer, 100);
  const { problems, samples } = verifyStore(store.dataDir, { quick: false });
  assert.deepEqual([problems, samples], [[], 100 * seriesCount]);
  fill(writer, 200, 100);
  assert.equal(verifyStore(store.dataDir, { quick: false }).samples, 200 * seriesCount);
});

it("a damaged file of spans or log records is named", () => {
  // If this fails, an operator throws the good backup away, and keeps the one whose traces cannot be read.
  using lab = telemetryLab();
  const { spans, records } = batchOf(1);
  lab.store.addSpans(spans);
  lab.store.addLogs(records);
  lab.store.close();
  assert.deepEqual(verifyStore(lab.dataDir, { quick: false }), {
    files: 2,
    blocks: 0,
    samples: 0,
    summaryRows: 0,
    series: 0,
    problems: [],
    more: 0,
  });
  const paths = telemetryKinds.flatMap((kind) => listFiles(telemetryDir(lab.dataDir, kind)).map(({ path }) => path));
  for (const path of paths) writeFileSync(path, readFileSync(path).fill(0x55, 100, 200));
  const { problems } = verifyStore(lab.dataDir, { quick: true });
  assert.deepEqual([...new Set(problems.map(({ path }) => path))], paths);
});

function fill(writer: SampleWriter, to: number, from = 0): void {
  const refs = Uint32Array.from({ length: seriesCount }, (_, s) => writer.resolve({ __name__: "verified", s: String(s) }));
  for (let tick = from; tick < to; tick++) {
    writer.commit(
      noonMs + 1000 * tick,
      refs,
      Float64Array.from(refs, (_, s) => (s % 2 === 0 ? tick * s : tick / (s + 1))),
      seriesCount,
    );
    if (tick % 20 === 0) maintainAll(writer, noonMs + 1000 * tick);
  }
}

function copyOf(dataDir: string): ReturnType<typeof mkdtempDisposableSync> {
  const directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-verify-"));
  cpSync(dataDir, directory.path, { recursive: true });
  return directory;
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

/** Labels, times and bits of everything. */
function contentOf(dataDir: string): unknown {
  const reader = openReader({ dataDir, logger: quietLogger });
  try {
    return reader
      .select([], 0, Infinity)
      .map(({ labels, timestampsMs, values }: SeriesSamples) => [labels, [...timestampsMs], bitsOf(values)]);
  } finally {
    reader.close();
  }
}
