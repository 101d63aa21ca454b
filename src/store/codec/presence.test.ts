import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { DamagedFileError } from "../database.ts";
import { readPresence, writePresence } from "./presence.ts";
import { byteSink, sunkBytes } from "./varint.ts";

it("presence patterns come back, and no others than of the block's length", () => {
  // A series would have samples at the times of another one.
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }), (rows) => {
      const bitmap = new Uint8Array(Math.ceil(rows.length / 8));
      for (const [row, present] of rows.entries()) if (present) bitmap[row >> 3] = (bitmap[row >> 3] ?? 0) | (1 << (row & 7));
      const sink = byteSink();
      writePresence(sink, bitmap, rows.length);
      const wanted = [...rows.keys()].filter((row) => rows[row]);
      assert.deepEqual([...readPresence({ bytes: sunkBytes(sink), at: 0 }, rows.length)], wanted);
      for (const other of [rows.length - 1, rows.length + 1]) {
        assert.throws(() => readPresence({ bytes: sunkBytes(sink), at: 0 }, other), DamagedFileError);
      }
    }),
  );
});
