import assert from "node:assert/strict";
import { test } from "node:test";
import { flowAttributes, flowSpans } from "../../core/flow-names.ts";
import { observedScope } from "../../core/observed-span.ts";
import { factsOf } from "./flow-facts.ts";
import type { OtlpSpan, ResourceSpans } from "./otlp-json.ts";

function spans(scope: string, name: string, attributes: Readonly<Record<string, string>>): ResourceSpans {
  const span: OtlpSpan = {
    spanId: "00f067aa0ba902b7",
    parentSpanId: "",
    name,
    kind: 1,
    startTimeUnixNano: "1",
    endTimeUnixNano: "2",
    attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    events: [],
    status: { code: 0, message: "" },
  };
  return { resource: { attributes: [] }, scopeSpans: [{ scope: { name: scope }, spans: [span] }] };
}

test("facts are those of the observers' roots, in words", () => {
  // Wrong: who sends a span with another's hash puts an address of their choice on its page.
  const { from, statusCode, nonce, gasUsed, effectiveGasPrice } = flowAttributes;
  const facts = factsOf("transaction", [
    spans("evil", flowSpans.transaction, { [from]: "0xbad" }),
    spans(observedScope, flowSpans.include, { [from]: "0xbad" }),
    spans(observedScope, flowSpans.transaction, { [from]: "0x5c50", [statusCode]: "0", [nonce]: "" }),
    spans(observedScope, flowSpans.transaction, { [gasUsed]: "1500000", [effectiveGasPrice]: "4382356691" }),
    spans(observedScope, flowSpans.transaction, { [from]: "0xother" }),
  ]);
  assert.deepEqual(
    facts.map(({ title, value }) => [title, value]),
    [
      ["From", "0x5c50"],
      ["Result", "failed, and paid for it"],
      ["Gas used", "1,500,000"],
      ["Paid per gas", "4.382356691 gwei"],
    ],
  );
  assert.deepEqual(factsOf("block", []), []);
});
