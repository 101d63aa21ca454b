import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { lab, labSamples } from "../lab.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";

interface Envelope {
  readonly status: string;
  readonly data: unknown;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
}

const heat = lab.heat.prometheusName;
const turns = lab.turns.prometheusName;

describe("the Prometheus HTTP API", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    for (let second = 0; second < 3; second++) {
      world.tick(labSamples([second, second * 2], 20 + second));
      world.pass(1000);
    }
  });
  after(() => world.close());

  const get = (path: string, parameters: Readonly<Record<string, string>>): Promise<Envelope> =>
    world.json<Envelope>(`${path}?${new URLSearchParams(parameters).toString()}`);
  const post = async (path: string, parameters: Readonly<Record<string, string>>): Promise<Envelope> =>
    (await (await world.fetch(path, { method: "POST", body: new URLSearchParams(parameters) })).json()) as Envelope;

  test("Grafana's “Save & test”: 1+1 by POST with a form", async () => {
    // If it fails, the data source cannot be added.
    const answer = await post("/api/v1/query", { query: "1+1", time: "4" });
    assert.deepEqual(answer, { status: "success", data: { resultType: "scalar", result: [4, "2"] } });
  });

  test("GET and POST give the same vector, values as strings", async () => {
    // If it fails, Grafana shows nothing, or loses precision.
    const parameters = { query: heat, time: "1764000002" };
    const expected = {
      resultType: "vector",
      result: [{ metric: { __name__: heat, node: "node-1" }, value: [1_764_000_002, "22"] }],
    };
    assert.deepEqual((await get("/api/v1/query", parameters)).data, expected);
    assert.deepEqual((await post("/api/v1/query", parameters)).data, expected);
  });

  test("a range has a pair per step", async () => {
    // If it fails, every graph panel is empty.
    const answer = await post("/api/v1/query_range", { query: heat, start: "1764000000", end: "1764000002.5", step: "1" });
    assert.deepEqual(answer.data, {
      resultType: "matrix",
      result: [
        {
          metric: { __name__: heat, node: "node-1" },
          values: [
            [1_764_000_000, "20"],
            [1_764_000_001, "21"],
            [1_764_000_002, "22"],
          ],
        },
      ],
    });
  });

  test("more than 11,000 points per series are refused with Prometheus's words", async () => {
    // If it fails, one query makes an answer of a gigabyte.
    const answer = await get("/api/v1/query_range", { query: heat, start: "0", end: "11001", step: "1" });
    assert.equal(answer.errorType, "bad_data");
    assert.match(answer.error ?? "", /exceeded maximum resolution of 11000 points per timeseries/);
  });

  test("labels, values and series, with and without selectors", async () => {
    // If it fails, the query builder offers nothing.
    assert.deepEqual((await get("/api/v1/labels", {})).data, ["__name__", "name", "node", "pid", "wheel"]);
    assert.deepEqual((await post("/api/v1/labels", { "match[]": turns })).data, ["__name__", "node", "wheel"]);
    assert.deepEqual((await get("/api/v1/label/wheel/values", {})).data, ["0", "10"]);
    const selectors = `match[]=${turns}&match[]=${heat}`;
    const series = await world.json<Envelope>(`/api/v1/series?${selectors}&limit=40000`);
    assert.equal((series.data as readonly unknown[]).length, 3);
    assert.equal((await get("/api/v1/series", {})).errorType, "bad_data");
    // Grafana's selector for everything.
    const all = await get("/api/v1/series", { "match[]": '{__name__!=""}' });
    assert.equal((all.data as readonly unknown[]).length, 15);
  });

  test("a limit cuts and warns", async () => {
    // If it fails, a cut list looks complete.
    for (const [path, parameters] of [
      ["/api/v1/labels", { limit: "2" }],
      ["/api/v1/label/pid/values", { limit: "2" }],
      ["/api/v1/series", { limit: "2", "match[]": turns }],
    ] as const) {
      const answer = await get(path, parameters);
      const cut = path !== "/api/v1/series";
      assert.equal((answer.data as readonly unknown[]).length, 2, path);
      assert.deepEqual(answer.warnings, cut ? ["results truncated due to limit"] : undefined, path);
    }
  });

  test("metadata has type, help and unit of every declared metric", async () => {
    // If it fails, the metric browser explains nothing.
    const { data } = await get("/api/v1/metadata", { metric: turns });
    assert.deepEqual(data, { [turns]: [{ type: "counter", help: lab.turns.help, unit: "{turn}" }] });
  });

  test("buildinfo has no features", async () => {
    // If it fails, Grafana takes the server for Mimir and offers rule editing that is not there.
    const { data } = await get("/api/v1/status/buildinfo", {});
    assert.equal(typeof (data as { version: string }).version, "string");
    assert.equal("features" in (data as object), false);
  });

  test("status/tsdb tells who has the most series, in Prometheus's form", async () => {
    // If it fails, nobody finds the label that eats the memory, and Prometheus's own page shows nothing.
    const { data } = await get("/api/v1/status/tsdb", { limit: "1" });
    assert.deepEqual(data, {
      headStats: { numSeries: 15, numLabelPairs: 21, chunkCount: 0, minTime: 1_764_000_000_000, maxTime: 1_764_000_002_000 },
      seriesCountByMetricName: [{ name: lab.work.prometheusName, value: 12 }],
      labelValueCountByLabelName: [{ name: "pid", value: 12 }],
      memoryInBytesByLabelName: [{ name: "__name__", value: 45 }],
      seriesCountByLabelValuePair: [{ name: "node=node-1", value: 15 }],
    });
    const all = await get("/api/v1/status/tsdb", {});
    assert.equal((all.data as Record<string, readonly unknown[]>)["seriesCountByLabelValuePair"]?.length, 10);
    for (const limit of ["0", "-1", "x", "10001"]) {
      assert.equal((await get("/api/v1/status/tsdb", { limit })).errorType, "bad_data", limit);
    }
  });

  test("errors have Prometheus's form and status", async () => {
    // If it fails, clients show “unknown error” and not the position.
    const cases = [
      [{ query: "sum(" }, 400, "bad_data"],
      [{}, 400, "bad_data"],
      [{ query: heat, time: "yesterday" }, 400, "bad_data"],
    ] as const;
    for (const [parameters, status, errorType] of cases) {
      const response = await world.fetch(`/api/v1/query?${new URLSearchParams(parameters).toString()}`);
      assert.equal(response.status, status);
      const answer = (await response.json()) as Envelope;
      assert.equal(answer.status, "error");
      assert.equal(answer.errorType, errorType);
      assert.notEqual(answer.error, "");
    }
  });
});
