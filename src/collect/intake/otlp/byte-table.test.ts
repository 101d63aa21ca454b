import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteTable } from "./byte-table.ts";

// When this fails, samples go to another series than their own.
test("finds what was added, and nothing else", () => {
  // Few bytes and parents, so that keys meet each other.
  const key = fc.tuple(fc.nat({ max: 2 }), fc.uint8Array({ maxLength: 6, max: 3 }));
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant("add" as const), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("keep" as const), odd: fc.boolean() }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: "max" }), fc.array(key), (steps, others) => {
      const table = new ByteTable<number>();
      let model = new Map<string, number>();
      const asked = [...others];
      for (const [index, one] of steps.entries()) {
        if (one.do === "keep") {
          table.keep((value) => value % 2 === Number(one.odd));
          model = new Map([...model].filter(([, value]) => value % 2 === Number(one.odd)));
          continue;
        }
        const [parent, bytes] = one.key;
        const name = `${parent}:${bytes.join()}`;
        if (!model.has(name)) {
          table.add(parent, Uint8Array.of(9, ...bytes, 9), 1, 1 + bytes.length, index);
          model.set(name, index);
        }
        asked.push(one.key);
      }
      assert.equal(table.size, model.size);
      for (const [parent, bytes] of asked) {
        assert.equal(table.get(parent, bytes, 0, bytes.length), model.get(`${parent}:${bytes.join()}`));
      }
    }),
  );
});
