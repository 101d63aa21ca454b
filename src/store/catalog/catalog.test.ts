import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { catalogPath } from "./catalog-files.ts";
import { labelsOfSeries, temporaryCatalog } from "./temporary-catalog.test-support.ts";
import { noonMs } from "../ticks.test-support.ts";

const hourMs = 3_600_000;

describe("Catalog", () => {
  it("gives each label set one number, whatever the order of its labels, over restarts and releases", () => {
    // Old samples would appear under other labels.
    using store = temporaryCatalog();
    for (let run = 0; run < 3; run++) {
      const catalog = store.open();
      for (let i = 0; i < 600; i++) assert.equal(catalog.resolve(labelsOfSeries(i), noonMs), i);
      catalog.release(7);
      assert.equal(catalog.holds(7), false);
      assert.equal(catalog.resolve(Object.fromEntries(Object.entries(labelsOfSeries(7)).reverse()), noonMs), 7);
      assert.equal(catalog.size, 600);
      catalog.close();
    }
    const index = store.index();
    for (let i = 0; i < 600; i++) assert.deepEqual(index.labelsOf(i), labelsOfSeries(i));
    assert.equal(index.labelsOf(600), undefined);
  });

  it("keeps labels as they are: empty values, unicode, names that every object has", () => {
    // Series would be confused, or the reader would end with an error.
    using store = temporaryCatalog();
    const all = [
      { __name__: "a", b: "" },
      { __name__: "a" },
      { __name__: "ü€😀", "\u0001": '\n"\\' },
      Object.fromEntries([
        ["__name__", "a"],
        ["__proto__", "x"],
        ["constructor", "y"],
      ]),
    ];
    const catalog = store.open();
    const refs = all.map((labels) => catalog.resolve(labels, noonMs));
    assert.deepEqual(refs, [0, 1, 2, 3]);
    catalog.close();
    const index = store.index();
    for (const [i, labels] of all.entries())
      assert.deepEqual(
        Object.entries(index.labelsOf(i) ?? {}),
        Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)),
      );
  });

  it("forgets what nobody holds and no partition has, never gives its number again, and tells readers", () => {
    // The index would grow with every process that ever ran; or old samples would come back under a new name.
    using store = temporaryCatalog();
    const catalog = store.open();
    for (let i = 0; i < 2000; i++) catalog.resolve(labelsOfSeries(i), noonMs);
    for (let i = 0; i < 2000; i++) if (i % 100 !== 0) catalog.release(i);
    catalog.see(Uint32Array.of(5, 301), noonMs + hourMs);
    const index = store.index();
    for (const _ of catalog.sweep(noonMs + hourMs)) catalog.flush();
    assert.equal(catalog.size, 22);
    index.refresh();
    const kept = index.match([]);
    const expected = Array.from({ length: 2000 }, (_, i) => i).filter((i) => i % 100 === 0 || i === 5 || i === 301);
    assert.deepEqual(kept, expected);
    for (const ref of kept) assert.deepEqual(index.labelsOf(ref), labelsOfSeries(ref));
    assert.equal(catalog.resolve(labelsOfSeries(1), noonMs), 2000, "a forgotten series is a new one");
    catalog.close();
    const reopened = store.open();
    assert.equal(reopened.size, 23);
    assert.equal(reopened.resolve(labelsOfSeries(301), noonMs), 301);
    assert.equal(reopened.resolve({ __name__: "new" }, noonMs), 2001);
    reopened.close();
  });

  it("does not forget while a step waits what has come since", () => {
    // A series that has just been found again would lose its samples' name.
    using store = temporaryCatalog();
    const catalog = store.open();
    for (let i = 0; i < 2000; i++) catalog.release(catalog.resolve(labelsOfSeries(i), noonMs));
    const sweep = catalog.sweep(noonMs + 1);
    sweep.next();
    assert.equal(catalog.resolve(labelsOfSeries(1999), noonMs), 1999);
    catalog.resolve({ __name__: "new" }, noonMs);
    for (const _ of sweep);
    assert.equal(catalog.holds(1999), true);
    assert.equal(catalog.size, 2);
    catalog.close();
    assert.deepEqual([...store.index().match([])], [1999, 2000]);
  });

  it("refuses new series at its limits, and names who has the most", () => {
    // A label with endless values would fill the memory, and nobody would know which.
    using store = temporaryCatalog();
    const catalog = store.open({ maxSeries: 50, maxSeriesPerNode: 30 });
    const request = (node: string, i: number): Record<string, string> => ({
      __name__: "http_requests_total",
      node,
      path: `/${i}`,
    });
    catalog.resolve({ __name__: "up", node: "a" }, noonMs);
    for (let i = 0; i < 29; i++) catalog.resolve(request("a", i), noonMs);
    assert.throws(() => catalog.resolve(request("a", 29), noonMs), {
      code: "SERIES_LIMIT",
      message: /node "a": 30 .*max_series_per_node.*; 29 of them are http_requests_total; its label path has 29 values/,
    });
    assert.equal(catalog.resolve(request("a", 3), noonMs), 4, "what is held stays");
    catalog.release(4);
    assert.equal(catalog.resolve(request("a", 29), noonMs), 30, "there is room again");
    assert.throws(() => catalog.resolve(request("a", 3), noonMs), { code: "SERIES_LIMIT" });
    for (let i = 0; i < 19; i++) catalog.resolve(request("b", i), noonMs);
    assert.throws(() => catalog.resolve(request("b", 19), noonMs), {
      code: "SERIES_LIMIT",
      message: /has 50 series.*storage\.max_series\); 49 of them are http_requests_total; its label path has 30 values/,
    });
    assert.equal(catalog.size, 50);
    catalog.close();
  });

  it("refuses labels that are too long, and takes the longest that are not", () => {
    // They could be written, and would not be read again.
    using store = temporaryCatalog();
    const catalog = store.open();
    const longest = (i: number): string => String.fromCharCode(i + 1).repeat(65_536 - "__name__".length);
    for (let i = 0; i < 4; i++) catalog.resolve({ __name__: longest(i) }, noonMs);
    assert.throws(() => catalog.resolve({ __name__: `${longest(0)}x` }, noonMs), {
      code: "SERIES_LIMIT",
      message: /65537 characters/,
    });
    catalog.close();
    using index = store.index();
    assert.equal(index.labelsOf(3)?.["__name__"], longest(3));
  });

  it("brings the first format to the present one", () => {
    // After an update all history would be gone, or under wrong names.
    using store = temporaryCatalog();
    const database = new DatabaseSync(catalogPath(store.dataDir));
    database.exec(`
      CREATE TABLE series (ref INTEGER PRIMARY KEY AUTOINCREMENT, labels TEXT NOT NULL UNIQUE, seen INTEGER NOT NULL);
      CREATE TABLE sweeps (count INTEGER NOT NULL);
      INSERT INTO sweeps VALUES (3);
      PRAGMA user_version = 1`);
    const insert = database.prepare("INSERT INTO series VALUES (?, ?, ?)");
    database.exec("BEGIN");
    for (let i = 0; i < 700; i++) insert.run(i, JSON.stringify(labelsOfSeries(i)), noonMs + i);
    // Forgotten ones, the newest among them: their numbers must stay taken.
    database.exec("DELETE FROM series WHERE ref BETWEEN 100 AND 399 OR ref > 600; COMMIT");
    database.close();
    const catalog = store.open();
    assert.equal(catalog.size, 301);
    assert.equal(catalog.highestRef, 699);
    assert.equal(catalog.resolve(labelsOfSeries(500), noonMs), 500);
    assert.equal(catalog.resolve(labelsOfSeries(650), noonMs), 700);
    for (const _ of catalog.sweep(noonMs + 500));
    assert.equal(catalog.size, 101 + 2 - 1, "501 to 600, the one that is held, the new one");
    catalog.close();
    const index = store.index();
    assert.deepEqual(index.labelsOf(599), labelsOfSeries(599));
    assert.equal(index.labelsOf(99), undefined);
  });
});
