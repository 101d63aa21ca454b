import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TextCursor, parseList, parseNumber } from "./parse-text.ts";

const blank = fc.constantFrom(" ", "  ", "\t", " \t ");

test("numbers come out as the built-in parser reads them", () => {
  // If this fails, every figure from /proc may be wrong.
  const number = fc.oneof(
    fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    fc.integer(),
    fc.double({ min: 0, max: 1e12, noNaN: true }).map((value) => Number(value.toFixed(6))),
  );
  const text = number.map((value) => (Number.isInteger(value) ? String(value) : value.toFixed(6)));
  fc.assert(
    fc.property(fc.array(fc.tuple(blank, text), { minLength: 1 }), (parts) => {
      const cursor = new TextCursor().reset(parts.flat().join(""));
      for (const [, wanted] of parts) assert.equal(cursor.number(), Number(wanted));
      assert.ok(Number.isNaN(cursor.number()));
      assert.ok(cursor.done);
    }),
  );
});

test("words and lines come out as `split` cuts them", () => {
  // If this fails, fields of one line are taken for another's.
  const word = fc.stringMatching(/^[a-z0-9_:.()-]{1,8}$/);
  const line = fc.array(word, { maxLength: 5 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), (lines) => {
      const cursor = new TextCursor().reset(lines.join("\n"));
      for (const wanted of lines) {
        assert.equal(cursor.restOfLine(), wanted);
        for (const one of wanted.split(" ")) assert.equal(cursor.word(), one);
        assert.equal(cursor.word(), "");
        cursor.nextLine();
      }
      assert.ok(cursor.done);
    }),
  );
});

test("a number does not run into the next line, and text is no number", () => {
  // If this fails, a missing column takes the next line's first number for its own.
  const cursor = new TextCursor().reset("1\n2 x -3 -");
  assert.equal(cursor.number(), 1);
  assert.ok(Number.isNaN(cursor.number()));
  cursor.nextLine();
  assert.equal(cursor.number(), 2);
  assert.ok(Number.isNaN(cursor.number()));
  cursor.skipWord();
  assert.equal(cursor.number(), -3);
  assert.ok(Number.isNaN(cursor.number()));
});

test("a file of one number is that number, and nothing else is 0", () => {
  // If this fails, `max`, an empty file or a message of the kernel is shown as the value 0.
  assert.equal(parseNumber(" 42\n"), 42);
  assert.equal(parseNumber("-1\n"), -1);
  for (const text of ["", "\n", "max\n", "<unsupported>", "1 2"]) assert.ok(Number.isNaN(parseNumber(text)), text);
});

test("the kernel's lists are expanded, and never beyond the bound", () => {
  // If this fails, cores are assigned to the wrong NUMA node, or a hostile file fills the memory.
  assert.deepEqual(parseList("0-3,8,10-11\n"), [0, 1, 2, 3, 8, 10, 11]);
  assert.deepEqual(parseList("\n"), []);
  assert.equal(parseList("0-4294967295").length, 8192);
  const sorted = fc.uniqueArray(fc.nat({ max: 500 })).map((numbers) => numbers.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(sorted, (numbers) => {
      assert.deepEqual(parseList(toList(numbers)), numbers);
    }),
  );
});

function toList(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(",");
}
