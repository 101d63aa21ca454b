import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { attributeText, spanLines, type OtlpSpan, type ResourceSpans } from "./trace-tree.ts";

function span(spanId: string, parentSpanId: string, startNs: number, code = 1): OtlpSpan {
  return {
    spanId,
    parentSpanId,
    name: `name ${spanId}`,
    kind: 1,
    startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(startNs)),
    endTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(startNs) + 2_500_000n),
    attributes: [],
    events: [],
    status: { code, message: "" },
  };
}

function of(service: string, spans: readonly OtlpSpan[]): ResourceSpans {
  const attributes = [{ key: "service.name", value: { stringValue: service } }];
  return { resource: { attributes }, scopeSpans: [{ scope: { name: "" }, spans }] };
}

test("children stand below their parents, in the order of their begin, whoever sent them", () => {
  // Wrong: the page tells another story than the trace does.
  const shop = of("shop", [span("root", "", 0), span("render", "root", 9_000_000)]);
  const bank = of("bank", [span("pay", "root", 1_000_000, 2), span("sql", "pay", 2_000_000), span("lost", "gone", 3_000_000)]);
  assert.deepEqual(
    spanLines([bank, shop]).map(({ span: { spanId }, service, depth, startMs, failed }) => [
      spanId,
      service,
      depth,
      startMs,
      failed,
    ]),
    [
      ["root", "shop", 0, 0, false],
      ["pay", "bank", 1, 1, true],
      ["sql", "bank", 2, 2, false],
      ["render", "shop", 1, 9, false],
      ["lost", "bank", 0, 3, false],
    ],
  );
  assert.deepEqual(spanLines([]), []);
  assert.equal(spanLines([shop])[0]?.durationMs, 2.5);
});

test("every span is shown once, however its sender has mixed up the parents", () => {
  // Wrong: a span that is its own ancestor hangs the page, or spans vanish.
  const id = fc.integer({ min: 0, max: 12 }).map((number) => `s${number}`);
  const spans = fc.uniqueArray(fc.tuple(id, fc.option(id, { nil: "" }), fc.nat(1000)), { selector: ([own]) => own });
  fc.assert(
    fc.property(spans, (given) => {
      const lines = spanLines([
        of(
          "a",
          given.map(([own, parent, startNs]) => span(own, parent, startNs)),
        ),
      ]);
      assert.deepEqual(lines.map((line) => line.span.spanId).sort(), given.map(([own]) => own).sort());
      for (const [index, line] of lines.entries()) {
        if (line.depth === 0) continue;
        const parent = lines.slice(0, index).findLast((before) => before.depth === line.depth - 1);
        assert.equal(parent?.span.spanId, line.span.parentSpanId);
      }
    }),
  );
});

test("a chain of spans as long as a trace may be is no deeper than the stack", () => {
  // Wrong: one service that calls itself ends the page with a stack overflow.
  const chain = Array.from({ length: 20_000 }, (_, index) => span(`s${index}`, index === 0 ? "" : `s${index - 1}`, index));
  assert.equal(spanLines([of("a", chain)]).at(-1)?.depth, 19_999);
});

test("attributes of all kinds are text", () => {
  // Wrong: an attribute is shown as [object Object].
  assert.equal(attributeText({ intValue: "9007199254740993" }), "9007199254740993");
  assert.equal(attributeText({ boolValue: false }), "false");
  assert.equal(attributeText({}), "");
  assert.equal(attributeText({ arrayValue: { values: [{ intValue: "1" }] } }), '{"values":[{"intValue":"1"}]}');
});
