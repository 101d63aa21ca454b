import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { xxhash64 } from "../../core/xxhash64.ts";
import { QueryNotes } from "./context.ts";
import { limitRatio } from "./limit-ratio.ts";
import { oneSeries, type VectorSeries } from "./values.ts";

const span = { start: 12, end: 13 };
const parameter = { kind: "number" as const, value: 0, isDuration: false, span };
const all: readonly VectorSeries[] = Array.from({ length: 400 }, (_, index) => index).flatMap((index) =>
  oneSeries(2, () => index).map((series) => ({
    ...series,
    labels: { __name__: "up", instance: `host-${index}`, job: "node" },
  })),
);

function taken(ratio: number, step = 0): readonly string[] {
  const kept = limitRatio(all, Float64Array.of(ratio, 1), parameter, new QueryNotes(""));
  return kept.flatMap(({ labels, present }) => (present[step] === 1 ? [labels["instance"] ?? ""] : []));
}

// When these fail, two halves of a fleet overlap or leave hosts out, and a share is not the one that was asked for.

test("a ratio and its complement together are all, each once", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (ratio) => {
      const parts = [...taken(ratio), ...taken(ratio - 1)];
      assert.equal(parts.length, all.length);
      assert.equal(new Set(parts).size, all.length);
    }),
    { numRuns: 30 },
  );
});

test("a share is about as large as it says, and each step has its own", () => {
  assert.deepEqual(taken(0), []);
  assert.equal(taken(0.2, 1).length, all.length);
  const share = taken(0.25).length / all.length;
  assert.ok(share > 0.2 && share < 0.3, `${share}`);
});

test("the share is the one that Prometheus takes", () => {
  const labels = { __name__: "up", long: "x".repeat(300), short: "é" };
  const packed = `\x08__name__\x02up\x04long\xff\x2c\x01\x00${labels.long}\x05short\x02\xc3\xa9`;
  const position = Number(xxhash64(Buffer.from(packed, "latin1"))) / 2 ** 64;
  const isTaken = (ratio: number): boolean =>
    limitRatio(
      oneSeries(1, () => 1).map((one) => ({ ...one, labels })),
      Float64Array.of(ratio),
      parameter,
      new QueryNotes(""),
    ).length > 0;
  assert.ok(isTaken(position + 1e-9));
  assert.ok(!isTaken(position - 1e-9));
});

test("what is beyond all is cut with a warning, NaN is refused", () => {
  const notes = new QueryNotes("limit_ratio(1.1, up)");
  assert.equal(limitRatio(all, Float64Array.of(1.1, -2), parameter, notes).length, all.length);
  assert.deepEqual(notes.warnings, [
    "PromQL warning: ratio value should be between -1 and 1, got 1.1, capping to 1 (1:13)",
    "PromQL warning: ratio value should be between -1 and 1, got -2, capping to -1 (1:13)",
  ]);
  const nan = Float64Array.of(Number.NaN, 0);
  assert.throws(() => limitRatio(all, nan, parameter, notes), { code: "QUERY_FAILED", message: "Ratio value is NaN" });
});
