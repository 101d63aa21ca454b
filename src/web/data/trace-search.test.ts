import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { columnsWith } from "../views/trace/trace-model.test-support.ts";
import { rowOfSpan, spanIdOf } from "./trace-columns.ts";
import { attributeChip, parseDurationMs, serverWish, tracesWith } from "./trace-search.ts";

const operations = [
  { service: "shop", name: "GET /cart" },
  { service: "shop", name: "GET /order" },
  { service: "payment", name: "authorise" },
];

// When this fails, somebody looks for a trace that is there and is told that there is none.
describe("a typed text", () => {
  test("is asked of the server where it can only mean one name or service", () => {
    assert.deepEqual(serverWish(operations, "auth"), { name: "authorise" });
    assert.deepEqual(serverWish(operations, " pay "), { service: "payment" });
    assert.deepEqual(serverWish(operations, "SHOP"), { service: "shop" });
    assert.deepEqual(serverWish(operations, "GET"), {});
    assert.deepEqual(serverWish(operations, ""), {});
    assert.deepEqual(
      serverWish(
        [
          { service: "a", name: "x" },
          { service: "a", name: "xy" },
        ],
        "x",
      ),
      { name: "x" },
    );
  });

  test("filters what is there by name, service and id", () => {
    const trace = (traceId: string, name: string, service: string) => ({
      traceId,
      startMs: 0,
      durationMs: 1,
      spans: 1,
      errors: 0,
      root: null,
      first: { service, name },
      services: [{ service, spans: 1, errors: 0 }],
    });
    const traces = [trace("ab12", "GET /cart", "shop"), trace("cd34", "authorise", "payment")];
    const found = (text: string) => tracesWith(traces, text).map(({ traceId }) => traceId);
    assert.deepEqual(
      [found("CART"), found("pay"), found("cd3"), found(""), found("nothing")],
      [["ab12"], ["cd34"], ["cd34"], ["ab12", "cd34"], []],
    );
  });

  test("is a condition on an attribute where it has a key and a value", () => {
    assert.deepEqual(["a=b", "a=b c=d", "a b=c", "=b", "a=", "plain"].map(attributeChip), [
      "a=b",
      "a=b c=d",
      null,
      null,
      null,
      null,
    ]);
  });
});

// When this fails, a search for slow traces has another bound than was typed.
test("times with units are read", () => {
  assert.deepEqual(["250", "1.5s", "100us", "100 µs", "2min", "1h", "", "fast", "-1"].map(parseDurationMs), [
    250,
    1500,
    0.1,
    0.1,
    120_000,
    3_600_000,
    null,
    null,
    null,
  ]);
});

// When this fails, a link to a span opens another one.
test("ids of spans lead to their rows", () => {
  const spanIds = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 2);
  const columns = {
    ...columnsWith([
      { startMs: 0, durationMs: 1 },
      { startMs: 1, durationMs: 1 },
    ]),
    spanIds,
  };
  assert.deepEqual(
    [spanIdOf(columns, 1), rowOfSpan(columns, "deadbeef00000002"), rowOfSpan(columns, "deadbeef00000003")],
    ["deadbeef00000002", 1, -1],
  );
});
