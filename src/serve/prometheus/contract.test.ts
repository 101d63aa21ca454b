/** Prometheus's OpenAPI document validates what every endpoint answers: by GET and POST, with success and with each kind of error. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { sharedFolder } from "../../../test/support/shared-files.ts";
import { lab, labSamples } from "../lab.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";
import { addTelemetry, exemplarMetric } from "../telemetry/telemetry-world.test-support.ts";
import { type Contract, readContract } from "./contract.test-support.ts";
import { ruleGroups } from "./rule-groups.test-support.ts";

const heat = lab.heat.prometheusName;
const turns = lab.turns.prometheusName;
const startSeconds = 1_764_000_000;

/** Parameters of a request, and the status that it has. */
type Case = readonly [parameters: Readonly<Record<string, string>>, status: number];

const range = { start: String(startSeconds), end: "1764000002", step: "1" };

const queryCases: readonly Case[] = [
  [{ query: heat }, 200],
  [{ query: `${turns}[1m]`, time: "1764000002" }, 200],
  [{ query: "scalar(vector(1))", stats: "all" }, 200],
  [{ query: '"text"' }, 200],
  [{ query: turns, limit: "1" }, 200],
  [{ query: `histogram_quantile(0.9, ${heat})`, timeout: "5s", lookback_delta: "1m" }, 200],
  [{ query: "absent(nothing)", time: "2025-11-24T16:00:02Z" }, 200],
  [{ query: "nothing" }, 200],
  [{}, 400],
  [{ query: "sum(" }, 400],
  [{ query: heat, time: "yesterday" }, 400],
  [{ query: heat, timeout: "soon" }, 400],
  [{ query: heat, limit: "-1" }, 400],
  [{ query: heat, lookback_delta: "x" }, 400],
  [{ query: `${turns} * ${turns}{wheel="0"} * on (node) ${turns}` }, 422],
  [{ query: heat, timeout: "-1" }, 503],
];

const rangeCases: readonly Case[] = [
  [{ query: heat, ...range }, 200],
  [{ query: "1", ...range, stats: "1" }, 200],
  [{ query: turns, ...range, limit: "1" }, 200],
  [{ query: "nothing", ...range }, 200],
  [{ query: heat }, 400],
  [{ query: heat, ...range, step: "0" }, 400],
  [{ query: heat, ...range, step: "-1" }, 400],
  [{ query: heat, ...range, end: "1" }, 400],
  [{ query: heat, start: "0", end: "11001", step: "1" }, 400],
  [{ query: `${heat}[1m]`, ...range }, 400],
  [{ query: heat, ...range, timeout: "0.0001", step: "x" }, 400],
  [{ query: `${turns} * on (node) ${turns}`, ...range }, 422],
];

const selectionCases: readonly Case[] = [
  [{ "match[]": turns }, 200],
  [{ "match[]": '{__name__!=""}', start: "1", end: "2" }, 200],
  [{ "match[]": turns, limit: "1" }, 200],
  [{ "match[]": "{" }, 400],
  [{ "match[]": "{}" }, 400],
  [{ "match[]": turns, start: "x" }, 400],
  [{ "match[]": turns, limit: "many" }, 400],
  [{ "match[]": `{wheel=~"(${"a?".repeat(9)}){999}"}` }, 400],
];

/** By the document's path; with the methods that the document has for it. */
const cases: Readonly<Record<string, readonly Case[]>> = {
  "/query": queryCases,
  "/query_range": rangeCases,
  "/query_exemplars": [
    [{ query: heat, start: "1", end: "2" }, 200],
    [{ query: `histogram_quantile(0.9, rate(${exemplarMetric}[5m]))` }, 200],
    [{ query: "sum(" }, 400],
    [{ query: heat, start: "2", end: "1" }, 400],
  ],
  "/format_query": [
    [{ query: `sum(${heat})by(node)` }, 200],
    [{ query: "sum(" }, 400],
    [{}, 400],
  ],
  "/parse_query": [
    [{ query: `sum(rate(${turns}[5m])) by (node) > bool 1` }, 200],
    [{ query: "sum(" }, 400],
    [{}, 400],
  ],
  "/series": [...selectionCases, [{}, 400]],
  "/labels": [...selectionCases, [{}, 200]],
  "/label/{name}/values": [...selectionCases, [{}, 200]],
  "/metadata": [
    [{}, 200],
    [{ metric: turns, limit: "1", limit_per_metric: "1" }, 200],
    [{ metric: exemplarMetric }, 200],
    [{ metric: "nothing" }, 200],
    [{ limit: "x" }, 400],
  ],
  "/targets": [
    [{}, 200],
    [{ state: "dropped" }, 200],
    [{ scrapePool: "other" }, 200],
  ],
  "/scrape_pools": [[{}, 200]],
  "/targets/metadata": [
    [{}, 200],
    [{ match_target: '{job="a"}', metric: "b", limit: "1" }, 200],
    [{ match_target: "{" }, 400],
  ],
  "/rules": [
    [{}, 200],
    [{ type: "alert", exclude_alerts: "true" }, 200],
    [{ type: "record", "rule_name[]": "r", "rule_group[]": "g", "file[]": "f.yaml" }, 200],
    [{ group_limit: "1" }, 200],
    [{ "match[]": '{severity="page"}' }, 200],
    [{ type: "nonsense" }, 400],
    [{ "match[]": "{{{" }, 400],
    [{ "match[]": "{}" }, 400],
    [{ group_limit: "1", group_next_token: "x" }, 400],
  ],
  "/alerts": [[{}, 200]],
  "/alertmanagers": [[{}, 200]],
  "/notifications": [[{}, 200]],
  "/status/config": [[{}, 200]],
  "/status/runtimeinfo": [[{}, 200]],
  "/status/buildinfo": [[{}, 200]],
  "/status/flags": [[{}, 200]],
  "/status/tsdb": [
    [{ limit: "3" }, 200],
    [{ limit: "0" }, 400],
  ],
  "/status/walreplay": [[{}, 200]],
};

const document = sharedFolder(join("cases", "openapi", "prometheus-api.yaml"));

describe("Prometheus's OpenAPI document", { skip: document.skip }, () => {
  let world: World;
  let contract: Contract;
  before(async () => {
    contract = readContract(document.path);
    world = await openWorld();
    for (let second = 0; second < 3; second++) {
      world.tick(labSamples([second, second * 2], 20 + second));
      world.pass(1000);
    }
    addTelemetry(world);
    world.evaluate(ruleGroups);
    world.refuseConfig("line 3: no such key");
  });
  after(() => world.close());

  for (const [path, requests] of Object.entries(cases)) {
    test(`${path} answers as it says`, async () => {
      // If it fails, a client that is made from the document cannot read our answer.
      const url = `/api/v1${path.replace("{name}", "wheel")}`;
      for (const method of ["GET", "POST"]) {
        if (!contract.operations.includes(`${method} ${path}`)) continue;
        for (const [parameters, status] of requests) {
          const form = new URLSearchParams(parameters);
          const response = await (method === "GET"
            ? world.fetch(`${url}?${form.toString()}`)
            : world.fetch(url, { method, body: form }));
          const body: unknown = await response.json();
          assert.equal(response.status, status, `${method} ${path} ${form.toString()} ${JSON.stringify(body)}`);
          // The document says that both parts of a string are strings; Prometheus's codec writes the time as a number, as we do.
          if (parameters["query"] === '"text"') continue;
          contract.check(`${method} ${path}`, status, body);
        }
      }
    });
  }

  test("an empty store answers as it says too", async (context) => {
    // If it fails, a fresh installation breaks the clients that look at it first.
    const empty = await openWorld();
    context.after(() => empty.close());
    for (const [path, [first]] of Object.entries(cases)) {
      const url = `/api/v1${path.replace("{name}", "wheel")}?${new URLSearchParams(first?.[0]).toString()}`;
      contract.check(`GET ${path}`, 200, await empty.json(url));
    }
  });

  test("it finds what is wrong", () => {
    // If it fails, this file proves nothing.
    assert.throws(() => contract.check("GET /query", 200, { status: "success", data: { resultType: "vector" } }));
    assert.throws(() => contract.check("GET /query", 400, { status: "error" }));
    assert.throws(() => contract.check("GET /nothing", 200, {}));
  });
});
