import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { classOf, coarserClass, leastOf, maxClasses, maxDetailBits, noiseBitsOf } from "./classes.ts";
import { anyInteger } from "./columns.test-support.ts";

it("classes cover the integers without gaps, and coarse ones hold whole fine ones", () => {
  // Values of a column would come back as their neighbours.
  const detail = fc.integer({ min: 0, max: maxDetailBits });
  fc.assert(
    fc.property(
      anyInteger.filter((value) => Math.abs(value) < 2 ** 53),
      detail,
      (value, detailBits) => {
        const klass = classOf(value, detailBits);
        const rest = value - leastOf(klass, detailBits);
        assert.ok(rest >= 0 && rest < 2 ** noiseBitsOf(klass, detailBits), `${value} in class ${klass}`);
        assert.ok(klass >= -maxClasses && klass < maxClasses);
        assert.equal(coarserClass(classOf(value, maxDetailBits), detailBits), klass);
      },
    ),
    { numRuns: 2000 },
  );
});
