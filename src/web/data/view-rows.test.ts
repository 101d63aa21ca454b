import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ViewList } from "../../core/view.ts";
import { viewRows, type Element } from "./view-rows.ts";

const peers: ViewList = {
  name: "peers",
  help: "",
  key: { field: "peer", label: "peer", help: "" },
  labels: [
    { field: "client", label: "chain_client", help: "" },
    { field: "address", label: "address", help: "" },
  ],
  fields: [
    { name: "score", help: "", unit: "1", expr: "score" },
    { name: "lossPercent", help: "", unit: "%", expr: "loss", scale: 100 },
    { name: "tcpMs", help: "", unit: "ms", expr: "tcp", scale: 1000, reduce: "max" },
  ],
};

const element = (peer: string, client: string, value: number, address = ""): Element => ({
  labels: { peer, chain_client: client, address },
  value,
});

test("fields meet in the row of their key and client, in the units of the page", () => {
  // Wrong: a peer shows another peer's latency, or 2 % loss as 200 %.
  const rows = viewRows(peers, [
    [element("a", "geth", 0.5, "10.0.0.1"), element("a", "reth", 0.25)],
    [element("a", "geth", 0.02)],
    [element("a", "geth", 0.004), element("a", "geth", 0.03), element("b", "geth", 0.001)],
  ]);
  assert.deepEqual(rows, [
    {
      id: '["a","geth"]',
      texts: { peer: "a", client: "geth", address: "10.0.0.1" },
      values: { score: 0.5, lossPercent: 0.02, tcpMs: 0.03 },
    },
    {
      id: '["a","reth"]',
      texts: { peer: "a", client: "reth", address: "" },
      values: { score: 0.25, lossPercent: null, tcpMs: null },
    },
    {
      id: '["b","geth"]',
      texts: { peer: "b", client: "geth", address: "" },
      values: { score: null, lossPercent: null, tcpMs: 0.001 },
    },
  ]);
});

test("what is no one number is none", () => {
  // Wrong: of two series that should be one, the page shows one by chance; or an infinity as a figure.
  const rows = viewRows(peers, [[element("a", "geth", 1), element("a", "geth", 2)], [], [element("b", "geth", Infinity)]]);
  assert.deepEqual(
    rows.map(({ values }) => values),
    [
      { score: null, lossPercent: null, tcpMs: null },
      { score: null, lossPercent: null, tcpMs: null },
    ],
  );
  assert.deepEqual(viewRows(peers, [[{ labels: {}, value: 1 }]]), []);
});

test("every element with a key is in exactly one row", () => {
  // Wrong: a peer is missing from the table, or stands in it twice.
  const anyElement = fc.record({
    labels: fc.record({ peer: fc.constantFrom("a", "b", "a b"), chain_client: fc.constantFrom("x", "x y", "") }),
    value: fc.double({ noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(fc.array(anyElement), { maxLength: 3 }), (elements) => {
      const rows = viewRows(peers, elements);
      const pairs = elements.flat().map(({ labels }) => JSON.stringify([labels.peer, labels.chain_client]));
      assert.deepEqual(new Set(rows.map(({ id }) => id)), new Set(pairs));
      assert.equal(rows.length, new Set(pairs).size);
    }),
  );
});
