import assert from "node:assert/strict";
import { copyFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import fc from "fast-check";
import { catalogCopyPath, catalogPath, isUnreadable } from "./catalog-files.ts";

import { labelsOfSeries, type TemporaryCatalog, temporaryCatalog } from "./temporary-catalog.test-support.ts";
import { noonMs } from "../ticks.test-support.ts";

/** Two chunks, the second one not full. */
const known = 300;

/** A catalogue after a clean stop: both files whole, and no log. */
function written(): TemporaryCatalog {
  const store = temporaryCatalog();
  const catalog = store.open();
  for (let i = 0; i < known; i++) catalog.resolve(labelsOfSeries(i), noonMs);
  catalog.close();
  return store;
}

function flip(path: string, bit: number): void {
  const bytes = readFileSync(path);
  const at = (bit >>> 3) % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
  writeFileSync(path, bytes);
}

/** As after a clean stop again: without the logs of what the last run has made of the files. */
function restore(paths: readonly string[], contents: readonly Uint8Array[]): void {
  for (const [i, path] of paths.entries()) {
    for (const suffix of ["-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
    writeFileSync(path, contents[i] ?? "");
  }
}

/** The labels that a reader gives are right, or there are none; returns how many there are. */
function countRight(store: TemporaryCatalog): number {
  using index = store.index();
  let right = 0;
  for (let i = 0; i < known; i++) {
    const labels = index.labelsOf(i);
    if (labels === undefined) continue;
    assert.deepEqual(labels, labelsOfSeries(i));
    right++;
  }
  // Without any file a reader finds nothing to name, and less than a page is no file to SQLite; the writer says so, see below.
  const files = [catalogPath(store.dataDir), catalogCopyPath(store.dataDir)];
  const gone = files.every((path) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) < 512);
  if (right < known && !gone) assert.notDeepEqual(index.damaged, [], "what is missing is named");
  return right;
}

/** What may happen when the file is opened, other than that all is well: a format that is said to be newer is not touched. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "STORE_TOO_NEW";
}

describe("a damaged catalogue", () => {
  for (const [name, pathOf] of [
    ["the catalogue", catalogPath],
    ["its copy", catalogCopyPath],
  ] as const) {
    it(`loses nothing by one flipped bit in ${name}`, () => {
      // Samples would be shown under the labels of other series, or be lost with the file that names them.
      using store = written();
      const paths = [catalogPath(store.dataDir), catalogCopyPath(store.dataDir)];
      const sound = paths.map((path) => readFileSync(path));
      const path = pathOf(store.dataDir);
      const bits = 8 * statSync(path).size;
      // SQLite's header is the most delicate part; the rest is pages of rows, free space and b-tree.
      const bit = fc.oneof(
        fc.integer({ min: 0, max: 8 * 100 - 1 }),
        fc.integer({ min: 0, max: bits - 1 }),
        fc.integer({ min: 0, max: bits - 1 }),
      );
      fc.assert(
        fc.property(bit, (one) => {
          restore(paths, sound);
          flip(path, one);
          try {
            assert.equal(countRight(store), known);
            const catalog = store.open({ highestRef: () => known - 1 });
            for (let i = 0; i < known; i++) assert.equal(catalog.resolve(labelsOfSeries(i), noonMs), i);
            assert.ok(catalog.resolve({ __name__: "new" }, noonMs) >= known);
            catalog.close();
            assert.equal(countRight(store), known);
          } catch (error) {
            if (!isRefusal(error)) throw error;
          }
        }),
        { numRuns: 60 },
      );
    });
  }

  it("never gives wrong labels or a taken number, whatever happens to both files", () => {
    // The same, on a disk that fails as a whole: then something is lost, and it is said.
    using store = written();
    const paths = [catalogPath(store.dataDir), catalogCopyPath(store.dataDir)];
    const sound = paths.map((path) => readFileSync(path));
    const bits = 8 * statSync(catalogPath(store.dataDir)).size;
    const damage = fc.oneof(
      fc.array(fc.integer({ min: 800, max: bits - 1 }), { minLength: 1, maxLength: 4 }).map((flips) => (path: string) => {
        for (const one of flips) flip(path, one);
      }),
      fc.integer({ min: 0, max: bits / 8 }).map((size) => (path: string) => truncateSync(path, size)),
      fc.constant((path: string) => rmSync(path)),
    );
    fc.assert(
      fc.property(damage, damage, (first, second) => {
        restore(paths, sound);
        first(paths[0] ?? "");
        second(paths[1] ?? "");
        try {
          countRight(store);
          const catalog = store.open({ highestRef: () => known - 1 });
          for (let i = 0; i < known; i++) {
            const ref = catalog.resolve(labelsOfSeries(i), noonMs);
            assert.ok(ref === i || ref >= known, `series ${i} has number ${ref}`);
          }
          catalog.close();
        } catch (error) {
          if (!isRefusal(error) && !isUnreadable(error)) throw error;
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is restored while it is in use, and readers follow", () => {
    // Every tick with a new series would fail until somebody restarts the program.
    using store = temporaryCatalog();
    let highestRef = -1;
    const catalog = store.open({ highestRef: () => highestRef });
    for (let i = 0; i < known; i++) highestRef = catalog.resolve(labelsOfSeries(i), noonMs);
    catalog.flush();
    using index = store.index();
    const other = new DatabaseSync(catalogPath(store.dataDir));
    other.exec("PRAGMA wal_checkpoint(TRUNCATE); DROP TABLE head");
    other.close();
    assert.equal(catalog.resolve({ __name__: "new" }, noonMs), known);
    catalog.flush();
    index.refresh();
    assert.deepEqual(index.labelsOf(known), { __name__: "new" });
    assert.equal(index.match([]).length, known + 1);
    assert.equal(store.errors.length, 1);
    catalog.close();
    assert.equal(countRight(store), known);
  });

  it("takes what a lost log had from the copy", () => {
    // After a kill and a damaged log, numbers that samples already use would be given out again.
    using store = temporaryCatalog();
    const catalog = store.open();
    for (let i = 0; i < known; i++) catalog.resolve(labelsOfSeries(i), noonMs);
    catalog.flush();
    // As a killed process leaves them: the content is in the logs, and one of them is lost.
    const left = [catalogPath(store.dataDir), catalogCopyPath(store.dataDir), `${catalogCopyPath(store.dataDir)}-wal`];
    const target = temporaryCatalog();
    for (const path of left) copyFileSync(path, path.replace(store.dataDir, target.dataDir));
    catalog.close();
    const restored = target.open({ highestRef: () => known - 1 });
    for (let i = 0; i < known; i++) assert.equal(restored.resolve(labelsOfSeries(i), noonMs), i);
    assert.equal(restored.resolve({ __name__: "new" }, noonMs), known);
    restored.close();
    target[Symbol.dispose]();
  });

  it("says that all is lost when samples are there and no series, and begins above their numbers otherwise", () => {
    // Old samples would get the labels of new series.
    using store = temporaryCatalog();
    assert.throws(() => store.open({ highestRef: () => 41 }), /there are samples/);
    using other = written();
    rmSync(catalogPath(other.dataDir));
    const catalog = other.open({ highestRef: () => 999 });
    assert.equal(catalog.resolve(labelsOfSeries(3), noonMs), 3);
    assert.equal(catalog.resolve({ __name__: "new" }, noonMs), 1000);
    catalog.close();
  });
});
