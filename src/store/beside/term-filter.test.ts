import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FilterRuns, termsTable, unpackRun } from "./filter-run.ts";
import { durationClassOf } from "./span-terms.ts";
import { mayHave, TermFilterBuilder } from "./term-filter.ts";

const term = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe("the filter of a chunk", () => {
  it("has every term that was added, whatever else was", () => {
    // A search would not find a transaction that is there, and nobody would know.
    const builder = new TermFilterBuilder();
    fc.assert(
      fc.property(fc.array(term, { maxLength: 400 }), (terms) => {
        for (const one of terms) builder.add(one);
        const bits = builder.take();
        assert.ok(terms.every((one) => mayHave(bits, one)));
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
      [1_000_000, 65_536, 1],
    ] as const) {
      for (let i = 0; i < count; i++) builder.add(next());
      const bits = builder.take();
      assert.ok(bits.length <= bytesMax, `${bits.length} bytes for ${count} terms`);
      let wrong = 0;
      for (let i = 0; i < 20_000; i++) if (mayHave(bits, next())) wrong++;
      assert.ok(wrong / 20_000 <= wrongMax, `${wrong} of 20,000 that are not there`);
    }
  });

  it("is found in its row, alone or with its neighbours, also by a writer that begins anew", () => {
    // After a restart, filters would be lost with which chunks are found.
    const database = new DatabaseSync(":memory:");
    database.exec(termsTable);
    const expected = Array.from({ length: 70 }, (_, index) => ({
      chunk: index * 500 + 1,
      bits: Uint8Array.from({ length: 32 }, (__, byte) => index + byte),
    }));
    let writer = new FilterRuns(database);
    for (const [index, filter] of expected.entries()) {
      if (index % 7 === 0) writer = new FilterRuns(database);
      writer.add(filter);
    }
    const rows = database.prepare("SELECT chunk, body FROM terms ORDER BY chunk").all();
    assert.equal(rows.length, 2 + (70 - 64));
    const found = rows.flatMap(({ chunk, body }) => (body instanceof Uint8Array ? unpackRun(Number(chunk), body) : []));
    assert.deepEqual(
      found.map(({ chunk, bits }) => ({ chunk, bits: Uint8Array.from(bits) })),
      expected,
    );
    database.close();
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
        assert.ok(durationClassOf(more) >= 0 && durationClassOf(more) <= 64);
      }),
    );
  });
});
