import assert from "node:assert/strict";
import { test } from "node:test";
import type { ViewList } from "../../../core/view.ts";
import { comparedRows } from "./compare-rows.ts";

const field = { name: "cpuPercent", help: "", unit: "%", expr: "cpu", scale: 100 };
const simulated = { field: "simulated", label: "simulated", help: "" };
const clients: ViewList = {
  name: "clients",
  help: "",
  key: { field: "name", label: "client", help: "" },
  labels: [{ field: "kind", label: "kind", help: "" }, { field: "version", label: "version", help: "" }, simulated],
  fields: [field],
};
const groups: ViewList = {
  ...clients,
  name: "groups",
  key: { field: "group", label: "group", help: "" },
  labels: [{ field: "client", label: "client", help: "" }, simulated],
};
const about = [
  { labels: { client: "geth", kind: "geth", version: "1" }, values: [1, null] },
  { labels: { client: "geth", kind: "geth", version: "2" }, values: [null, 1] },
];

test("clients of all nodes stand in the order of their means, each with what it is now", () => {
  // Wrong: the slowest client is not on top, or two nodes' clients of one name become one.
  const rows = comparedRows({ list: clients, field, clients }, [
    { node: "a", about, figure: [{ labels: { client: "geth" }, values: [0.1, null, 0.3] }] },
    { node: "b", about: [], figure: [{ labels: { client: "geth", simulated: "true" }, values: [0.5, null] }] },
    { node: "c", about: [], figure: [{ labels: { client: "reth" }, values: [null, null] }] },
  ]);
  assert.deepEqual(rows, [
    {
      id: '["b","geth",""]',
      node: "b",
      client: "geth",
      part: "",
      kind: "",
      layer: "",
      version: "",
      isDemo: true,
      mean: 0.5,
      most: 0.5,
      last: null,
    },
    {
      id: '["a","geth",""]',
      node: "a",
      client: "geth",
      part: "",
      kind: "geth",
      layer: "",
      version: "2",
      isDemo: false,
      mean: 0.2,
      most: 0.3,
      last: 0.3,
    },
  ]);
});

test("groups of one client are told apart, and know the client's kind", () => {
  // Wrong: the bad group is hidden behind the good one.
  const figure = [
    { labels: { client: "geth", group: "home" }, values: [1] },
    { labels: { client: "geth", group: "office" }, values: [0.25] },
  ];
  const rows = comparedRows({ list: groups, field, clients }, [{ node: "a", about, figure }]);
  assert.deepEqual(
    rows.map(({ part, kind, mean }) => [part, kind, mean]),
    [
      ["home", "geth", 1],
      ["office", "geth", 0.25],
    ],
  );
});
