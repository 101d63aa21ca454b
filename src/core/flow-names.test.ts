import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isSampled, traceIdOf } from "./flow-names.ts";

const digit = fc.constantFrom(..."0123456789abcdef".split(""));
const traceId = fc.string({ unit: digit, minLength: 32, maxLength: 32 });

test("a hash gives the same trace however a client spells it, and what is none gives none", () => {
  // The spans of one transaction at two nodes would lie in two traces, or those of all broken answers in one.
  const digits = "4bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b74bf92f3577b34da6";
  for (const hash of [digits, `0x${digits}`, `0x${digits.toUpperCase()}`]) assert.equal(traceIdOf(hash), digits.slice(0, 32));
  for (const hash of ["", "0x", digits.slice(0, 31), `0x${"0".repeat(64)}`, `g${digits}`, `${digits}\n`])
    assert.equal(traceIdOf(hash), null, hash);
});

test("what a ratio keeps, every greater one keeps", () => {
  // A busy node and an idle one would trace different transactions, and no way between them could be seen.
  fc.assert(
    fc.property(traceId, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (id, a, b) => {
      if (isSampled(id, Math.min(a, b))) assert.ok(isSampled(id, Math.max(a, b)));
    }),
  );
});

test("a ratio keeps the traces below that share of 56 bits, to the bit", () => {
  // Another sampler of the same rule would keep another trace at the border.
  const at = (low: bigint): string => `${"f".repeat(18)}${low.toString(16).padStart(14, "0")}`;
  for (const [ratio, bits] of [
    [0.5, 55n],
    [0.25, 54n],
    [2 ** -20, 36n],
  ] as const) {
    assert.ok(isSampled(at(2n ** bits - 1n), ratio));
    assert.ok(!isSampled(at(2n ** bits), ratio));
  }
  assert.ok(isSampled(at(2n ** 56n - 1n), 1));
  assert.ok(!isSampled(at(0n), 0));
});
