import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { type ChunkFilter, includes, meetAll } from "./chunk-group.ts";
import { FilterReader, FilterWriter, filterTables } from "./filter-tables.ts";
import { durationClassMax, durationClassMin, durationClassOf, rangesBetween, rangesWith } from "./span-terms.ts";
import { mayHave, probesOf, TermFilterBuilder } from "./term-filter.ts";

const term = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe("the filter of a chunk", () => {
  it("has every term that was added, whatever else was", () => {
    // A search would not find a transaction that is there, and nobody would know.
    const builder = new TermFilterBuilder();
    fc.assert(
      fc.property(fc.array(term, { maxLength: 400 }), (terms) => {
        for (const one of terms) builder.add(one);
        const bits = builder.take();
        assert.ok(terms.every((one) => mayHave(bits, probesOf(one))));
      }),
      { numRuns: 30 },
    );
  });

  it("has hardly any term that was not added, takes some bytes each, and is bounded", () => {
    // Every search would read every chunk; or the filters of somebody's random attributes would fill the disk.
    const builder = new TermFilterBuilder();
    let word = 1;
    const next = (): number => (word = Math.imul(word, 1_664_525) + 1_013_904_223) | 0;
    for (const [count, bytesMax, wrongMax] of [
      [0, 32, 0],
      [100, 512, 0.002],
      [2000, 8192, 0.002],
      [1_000_000, 16_384, 1],
    ] as const) {
      for (let i = 0; i < count; i++) builder.add(next());
      const bits = builder.take();
      assert.ok(bits.length <= bytesMax, `${bits.length} bytes for ${count} terms`);
      let wrong = 0;
      for (let i = 0; i < 20_000; i++) if (mayHave(bits, probesOf(next()))) wrong++;
      assert.ok(wrong / 20_000 <= wrongMax, `${wrong} of 20,000 that are not there`);
    }
  });

  it("has classes of durations that rise with them", () => {
    // A search for what is slow would leave out just what is slowest.
    const duration = fc.oneof(
      fc.nat(10).map((exponent) => 2 ** (exponent * 6)),
      fc.double({ min: -1e3, max: 2 ** 64, noNaN: true }),
    );
    fc.assert(
      fc.property(duration, duration, (a, b) => {
        const [less, more] = [Math.floor(Math.min(a, b)), Math.floor(Math.max(a, b))];
        assert.ok(durationClassOf(less) <= durationClassOf(more));
        assert.ok(durationClassOf(more) >= durationClassMin && durationClassOf(more) <= durationClassMax);
      }),
    );
  });

  it("has every class in a range that is asked for, and no other", () => {
    // A search for what takes long would leave out some lengths, or read every chunk.
    const classes = Array.from({ length: durationClassMax - durationClassMin + 1 }, (_, index) => durationClassMin + index);
    const key = ({ shift, number }: { shift: number; number: number }): string => `${shift} ${number}`;
    for (const least of classes) {
      for (const most of classes.filter((one) => one >= least)) {
        const asked = new Set(rangesBetween(least, most).map(key));
        assert.ok(asked.size <= 10, `${asked.size} terms from ${least} to ${most}`);
        for (const one of classes)
          assert.equal(
            rangesWith(one).some((range) => asked.has(key(range))),
            one >= least && one <= most,
            `${one} in ${least} to ${most}`,
          );
      }
    }
  });
});

/** What the reader says may have all of these terms, over all groups; with what it says of their starts. */
function chunksWith(database: DatabaseSync, terms: readonly number[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const group of new FilterReader(database).groups()) {
    const mask = meetAll(
      group,
      terms.map((one) => [probesOf(one)]),
    );
    for (const [index, chunk] of group.chunks.entries())
      if (includes(mask, index)) found.set(chunk, group.latestNs[index] ?? Number.NaN);
  }
  return found;
}

describe("the filters of a file", () => {
  const database = new DatabaseSync(":memory:");
  database.exec(`${filterTables} CREATE TABLE facts (chunk INTEGER PRIMARY KEY, body BLOB)`);
  const filters: ChunkFilter[] = [];
  const terms: (readonly number[])[] = [];

  before(() => {
    const builder = new TermFilterBuilder();
    let writer = new FilterWriter(database);
    let word = 5;
    const next = (): number => (word = Math.imul(word, 1_664_525) + 1_013_904_223) | 0;
    for (let index = 0; index < 600; index++) {
      // Of three sizes, so that groups hold different ones.
      const own = Array.from({ length: [3, 60, 400][index % 3] ?? 0 }, next);
      for (const one of own) builder.add(one);
      const filter = { chunk: index * 500 + 1, latestNs: 1e18 + index, bits: builder.take() };
      if (index % 97 === 0) writer = new FilterWriter(database);
      writer.add(filter);
      database.prepare("INSERT INTO facts VALUES (?, NULL)").run(filter.chunk);
      filters.push(filter);
      terms.push(own);
    }
  });
  after(() => database.close());

  const expected = (wanted: readonly number[]): Map<number, number> =>
    new Map(
      filters
        .filter(({ bits }) => wanted.every((one) => mayHave(bits, probesOf(one))))
        .map(({ chunk, latestNs }) => [chunk, latestNs]),
    );

  it("say together what each says, or a little more, also where the writer has begun anew between them", () => {
    // A search would miss chunks that were written before a restart, or look into all of them.
    const rows = (table: string): unknown => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"];
    assert.deepEqual([rows("filter_group"), rows("filter")], [2, 600 - 512]);
    for (let index = 0; index < 600; index += 7) {
      const wanted = terms[index]?.slice(0, 2) ?? [];
      const [found, each] = [chunksWith(database, wanted), expected(wanted)];
      assert.ok(each.has(index * 500 + 1));
      for (const [chunk, latestNs] of each) assert.equal(found.get(chunk), latestNs);
      assert.ok(found.size <= each.size + 5, `${found.size} chunks instead of ${each.size}`);
    }
  });

  it("name every chunk of which they cannot tell, because a row is damaged", () => {
    // A flipped bit would hide spans from searches that are sound themselves.
    const wanted = terms[300]?.slice(0, 3) ?? [];
    const damage = (table: string, key: string, id: number | string): void =>
      void database.prepare(`UPDATE ${table} SET body = zeroblob(40) WHERE ${key} = ${id}`).run();
    for (const [table, key, id] of [
      ["filter_slice", "1", "1"],
      ["filter_group", "first", 256 * 500 + 1],
      ["filter", "chunk", 599 * 500 + 1],
    ] as const) {
      damage(table, key, id);
      const found = chunksWith(database, wanted);
      for (const chunk of expected(wanted).keys()) assert.ok(found.has(chunk), `${table}: ${chunk}`);
    }
    const found = chunksWith(database, wanted);
    assert.equal(found.get(599 * 500 + 1), Infinity);
    assert.deepEqual([...found.keys()].filter((chunk) => chunk >= 256 * 500 && chunk < 512 * 500).length, 256);
  });
});
