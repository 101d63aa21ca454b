/**
 * The requests of Grafana's Prometheus data source, replayed as it sends them. Source: grafana pkg/promlib/client/client.go,
 * healthcheck.go, heuristics.go, packages/grafana-prometheus/src/constants.ts.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { lab, labSamples } from "../lab.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";

interface Envelope {
  readonly status: string;
  readonly data: unknown;
  readonly warnings?: readonly string[];
}

const heat = lab.heat.prometheusName;
const turns = lab.turns.prometheusName;
const everything = '{__name__!=""}';

interface Request {
  readonly what: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Repeated names are repeated parameters. */
  readonly parameters?: readonly (readonly [name: string, value: string])[];
  /** What the answer's `data` must hold for Grafana to go on. */
  readonly wants: (data: unknown) => boolean;
}

const isList =
  (least: number) =>
  (data: unknown): boolean =>
    Array.isArray(data) && data.length >= least;

const result =
  (type: string, least: number) =>
  (data: unknown): boolean => {
    const { resultType, result: found } = data as { readonly resultType: string; readonly result: readonly unknown[] };
    return resultType === type && found.length >= least;
  };

const times = [
  ["start", "1764000000"],
  ["end", "1764000003"],
] as const;

const requests: readonly Request[] = [
  {
    what: "Save & test",
    method: "POST",
    path: "/api/v1/query",
    parameters: [
      ["query", "1+1"],
      ["time", "1"],
    ],
    wants: result("scalar", 2),
  },
  {
    what: "Save & test over GET, as it tries again after 405",
    method: "GET",
    path: "/api/v1/query",
    parameters: [
      ["query", "1+1"],
      ["time", "4"],
    ],
    wants: result("scalar", 2),
  },
  {
    what: "a graph panel",
    method: "POST",
    path: "/api/v1/query_range",
    parameters: [["query", heat], ["step", "15"], ...times],
    wants: result("matrix", 1),
  },
  {
    what: "a graph panel with fractions of seconds",
    method: "POST",
    path: "/api/v1/query_range",
    parameters: [
      ["query", heat],
      ["start", "1764000000.5"],
      ["end", "1764000002.499"],
      ["step", "0.5"],
    ],
    wants: result("matrix", 1),
  },
  {
    what: "a table panel",
    method: "POST",
    path: "/api/v1/query",
    parameters: [
      ["query", turns],
      ["time", "1764000002.123"],
      ["timeout", "60s"],
    ],
    wants: result("vector", 2),
  },
  {
    what: "exemplars of a panel",
    method: "POST",
    path: "/api/v1/query_exemplars",
    parameters: [["query", heat], ...times],
    wants: isList(0),
  },
  {
    what: "names of labels in the builder",
    method: "POST",
    path: "/api/v1/labels",
    parameters: [["match[]", turns], ["limit", "40000"], ...times],
    wants: isList(3),
  },
  {
    what: "names of labels without a metric",
    method: "GET",
    path: "/api/v1/labels",
    parameters: [["limit", "40000"], ...times],
    wants: isList(5),
  },
  {
    what: "values for a template variable",
    method: "GET",
    path: "/api/v1/label/wheel/values",
    parameters: [["match[]", turns], ["limit", "40000"], ...times],
    wants: isList(2),
  },
  {
    what: "the metric browser",
    method: "GET",
    path: "/api/v1/label/__name__/values",
    parameters: [["limit", "40000"], ...times],
    wants: isList(3),
  },
  {
    what: "series of several selectors",
    method: "POST",
    path: "/api/v1/series",
    parameters: [["match[]", turns], ["match[]", heat], ["limit", "40000"], ...times],
    wants: isList(3),
  },
  {
    what: "all series",
    method: "POST",
    path: "/api/v1/series",
    parameters: [["match[]", everything], ["limit", "40000"], ...times],
    wants: isList(15),
  },
  {
    what: "descriptions of metrics",
    method: "GET",
    path: "/api/v1/metadata",
    wants: (data) => turns in (data as object),
  },
  {
    what: "which product it is: no features, so no Mimir",
    method: "GET",
    path: "/api/v1/status/buildinfo",
    wants: (data) => typeof (data as { readonly version: unknown }).version === "string" && !("features" in (data as object)),
  },
  { what: "rules for the hints", method: "GET", path: "/api/v1/rules", wants: (data) => "groups" in (data as object) },
  { what: "alerts", method: "GET", path: "/api/v1/alerts", wants: (data) => "alerts" in (data as object) },
];

describe("Grafana's requests", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    for (let second = 0; second < 3; second++) {
      world.tick(labSamples([second, second * 2], 20 + second));
      world.pass(1000);
    }
  });
  after(() => world.close());

  for (const { what, method, path, parameters = [], wants } of requests) {
    test(what, async () => {
      // If it fails, Grafana's users see an error where there is data.
      const form = new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value]));
      const headers = { "content-type": "application/x-www-form-urlencoded", "accept-encoding": "gzip" };
      const response = await (method === "POST"
        ? world.fetch(path, { method, headers, body: form.toString() })
        : world.fetch(`${path}?${form.toString()}`, { headers: { "accept-encoding": "gzip" } }));
      const answer = (await response.json()) as Envelope;
      assert.deepEqual([response.status, answer.status, answer.warnings], [200, "success", undefined], JSON.stringify(answer));
      assert.ok(wants(answer.data), JSON.stringify(answer.data));
    });
  }

  test("a POST may carry its parameters in the address too", async () => {
    // If it fails, custom query parameters of a data source are lost.
    const response = await world.fetch("/api/v1/query?time=1764000002&query=nonsense(", {
      method: "POST",
      body: new URLSearchParams({ query: heat }),
    });
    const { data } = (await response.json()) as { data: { result: readonly { value: unknown }[] } };
    assert.deepEqual(data.result[0]?.value, [1_764_000_002, "22"]);
  });
});
