import assert from "node:assert/strict";
import { test } from "node:test";
import { Kind, parse } from "graphql";
import { portableQuery, takeAways } from "./take-away.ts";

const known = { node: { id: 'a"b', type: "rpc", labels: {} }, samplingIntervalMs: 1000 };
const expr = '$rate(x_total{node="$node"}[$window])';

test("a copied query is plain PromQL with a window that people write", () => {
  // Wrong: what is pasted into Grafana or a terminal does not parse there, or looks like nothing anybody would have written.
  assert.equal(portableQuery(expr, known), String.raw`rate(x_total{node="a\"b"}[1m])`);
  assert.equal(portableQuery(expr, { ...known, samplingIntervalMs: 60_000 }), String.raw`rate(x_total{node="a\"b"}[4m])`);
});

test("every form carries the same queries and the window that is shown", () => {
  // Wrong: the command in the incident's notes answers about another time, or about half of the chart, or not at all.
  const shown = { status: known, window: { fromMs: 1_000_400, toMs: 1_600_400 }, origin: "http://127.0.0.1:9797" };
  const forms = new Map(takeAways([expr, "up{a='b'}"], shown).map(({ form, text }) => [form, text]));
  assert.deepEqual([...forms.keys()], ["PromQL", "REST address", "GraphQL query", "curl command"]);
  assert.equal(forms.get("PromQL"), String.raw`rate(x_total{node="a\"b"}[1m])` + "\nup{a='b'}");
  const urls = (forms.get("REST address") ?? "").split("\n").map((text) => new URL(text));
  assert.deepEqual(
    urls.map((url) => [url.pathname, ...["query", "start", "end", "step"].map((name) => url.searchParams.get(name))]),
    [
      ["/api/v1/query_range", portableQuery(expr, known), "1000", "1600", "1"],
      ["/api/v1/query_range", "up{a='b'}", "1000", "1600", "1"],
    ],
  );
  for (const command of (forms.get("curl command") ?? "").split("\n")) assert.match(command, /^curl '[^']+'$/);
  const document = parse(forms.get("GraphQL query") ?? "");
  const [operation] = document.definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const asked = operation.selectionSet.selections.map((field) => {
    assert.ok(field.kind === Kind.FIELD && field.name.value === "series");
    return field.arguments?.map((argument) => (argument.value.kind === Kind.STRING ? argument.value.value : null));
  });
  assert.deepEqual(asked, [
    ['a"b', "1000", "1600", portableQuery(expr, known)],
    ['a"b', "1000", "1600", "up{a='b'}"],
  ]);
});
