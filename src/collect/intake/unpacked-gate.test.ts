import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { UnpackedGate } from "./unpacked-gate.ts";

describe("what is unpacked at once", () => {
  test("stays within the bound and one body more, begins in order, and goes on after failures", async () => {
    // What breaks: sixty small bodies that unpack to 32 MB each end the whole process, and every other sender's samples with it.
    const request = fc.record({ bytes: fc.nat(20), turns: fc.nat(3), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 20 }), async (requests) => {
        const gate = new UnpackedGate(10);
        const begun: number[] = [];
        let atWork = 0;
        const results = requests.map(({ bytes, turns, fails }, i) =>
          gate.run(async (weigh) => {
            assert.ok(atWork < 10, `${atWork} bytes at work`);
            begun.push(i);
            atWork += bytes;
            weigh(bytes);
            for (let turn = 0; turn < turns; turn++) await Promise.resolve();
            atWork -= bytes;
            if (fails) throw new Error(`request ${i}`);
            return i;
          }),
        );
        const outcomes = await Promise.allSettled(results);
        assert.deepEqual(
          outcomes.map(({ status }) => status),
          requests.map(({ fails }) => (fails ? "rejected" : "fulfilled")),
        );
        assert.deepEqual(begun, [...requests.keys()]);
      }),
    );
  });
});
