import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expandQuery } from "../../core/promql-text.ts";
import { expandWithPlaces, formattable, withStandIns } from "./variables.ts";

const context = { node: 'a"b', stepMs: 1000, samplingIntervalMs: 1000 };

/** Expressions in pieces, some of which are variables. */
const pieces = fc.array(fc.oneof(fc.constantFrom("$rate", "$window", "$node", "$", "("), fc.string({ maxLength: 6 })), {
  maxLength: 12,
});

test("a mistake is shown where it was written, whatever stands before it is expanded to", () => {
  // Wrong: the red line is under something else than the mistake.
  const expr = '$rate(x_total{node="$node"}[$window]) +';
  const { text, written } = expandWithPlaces(expr, context);
  assert.equal(text, String.raw`irate(x_total{node="a\"b"}[10000ms]) +`);
  assert.equal(written(text.indexOf("x_total")), expr.indexOf("x_total"));
  assert.equal(written(text.indexOf("+")), expr.indexOf("+"));
  assert.equal(written(text.length), expr.length);
  assert.equal(written(text.indexOf("000ms")), expr.indexOf("$window"));
});

test("the expansion is that of the server, and every place of it was written somewhere", () => {
  // Wrong: the editor checks another expression than the one that runs, or marks a place outside of the text.
  fc.assert(
    fc.property(pieces, (parts) => {
      const expr = parts.join("");
      const { text, written } = expandWithPlaces(expr, context);
      assert.equal(text, expandQuery(expr, context));
      let last = 0;
      for (let index = 0; index <= text.length; index++) {
        const place = written(index);
        assert.ok(place >= last && place <= expr.length, `${index} → ${place}`);
        if (!/\$(?:rate|window|node)/.test(expr)) assert.equal(place, index);
        last = place;
      }
    }),
  );
});

test("stand-ins keep every other character at its place", () => {
  // Wrong: colours and completion are those of the wrong word.
  fc.assert(fc.property(pieces, (parts) => assert.equal(withStandIns(parts.join("")).length, parts.join("").length)));
  assert.equal(withStandIns("$rate(x[$window])"), " rate(x[     1m])");
});

test("formatting gives the variables back, or says that it cannot", () => {
  // Wrong: the format button turns a chart that follows its step into one that does not.
  const { text, restore } = formattable('rate(a[5m])+$rate(b{x="rate",node="$node"}[$window])');
  assert.equal(text, 'rate(a[5m])+rate(b{x="rate",node="$node"}[7777777ms])');
  const formatted = 'rate(a[5m])\n+\nrate(b{node="$node",x="rate"}[2h9m37s777ms])';
  assert.equal(restore(formatted), 'rate(a[5m])\n+\n$rate(b{node="$node",x="rate"}[$window])');
  assert.equal(restore("rate(a[5m])"), null);
});
