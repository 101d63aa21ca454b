import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { positionsIn } from "./layout-positions.ts";

describe("positions in a layout", () => {
  it("are those at which the series stand", () => {
    // Wrong: a chart shows the newest values of another series.
    const refs = fc.uniqueArray(fc.nat(200), { maxLength: 120 });
    fc.assert(
      fc.property(refs, fc.boolean(), refs, (series, isOrdered, asked) => {
        const layout = Uint32Array.from(isOrdered ? series.toSorted((a, b) => a - b) : series);
        const wanted = asked.toSorted((a, b) => a - b);
        const found = positionsIn(layout, wanted);
        assert.deepEqual(
          [...found],
          wanted.map((ref) => layout.indexOf(ref)),
        );
        assert.deepEqual(positionsIn(layout, wanted), found);
      }),
    );
  });
});
