import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Absence } from "../core/absence.ts";
import { expandQuery, perSecond, select } from "../core/promql-text.ts";
import { openLiveClient } from "./live/live-client.test-support.ts";
import { lab, labSamples } from "./lab.test-support.ts";
import { openWorld, type World } from "./world.test-support.ts";

interface Field {
  readonly value: number | null;
  readonly unit: string;
  readonly unavailable?: Absence;
}

interface Instant {
  readonly timestampMs: number;
  readonly cpu: {
    readonly usagePercent: Field;
    readonly temperature: Field;
    readonly noiseWatts: Field;
    readonly ambiguous: Field;
    readonly coreMetrics: readonly { readonly coreId: string; readonly usagePercent: Field }[];
  };
  readonly aiModels: readonly unknown[];
  readonly unavailable: Readonly<Record<string, Absence>>;
}

interface Answer {
  readonly data: {
    readonly nodePerformance: {
      readonly timestampMs: number;
      readonly cpu: {
        readonly usagePercent: number;
        readonly temperature: number;
        readonly coreMetrics: readonly { readonly coreId: string; readonly usagePercent: number }[];
        readonly unavailable: readonly (Absence & { readonly field: string })[];
      };
      readonly aiModels: null;
      readonly unavailable: readonly { readonly field: string; readonly reason: string }[];
    };
  };
}

const metricsPath = "/api/v1/performance/nodes/node-1/metrics";
const document = `{ nodePerformance(nodeId: "node-1") { timestampMs
  cpu { usagePercent temperature coreMetrics { coreId usagePercent } unavailable { field reason detail fix } }
  aiModels { modelName } unavailable { field reason } } }`;

describe("one value at all doors", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    world.tick(labSamples([0, 0], 20));
    world.pass(1000);
    world.tick(labSamples([0.1, 0.3], 61.299999999999997));
  });
  after(() => world.close());

  test("REST, GraphQL, live, PromQL and /metrics give the same double at one instant", async () => {
    // If it fails, two people look at one figure and see two numbers.
    const live = await openLiveClient(world);
    const turns = perSecond(lab.turns);
    await live.subscribe({
      queries: [
        { id: "turns", expr: turns },
        { id: "heat", expr: select(lab.heat) },
      ],
    });
    world.pass(1000);
    const timeMs = world.tick(labSamples([0.30000000000000004, 0.7], 62.1));

    const rest = await world.json<Instant>(metricsPath);
    const { data } = await world.json<Answer>("/graphql", { query: document });
    const graphql = data.nodePerformance;
    const tick = await live.next("tick");
    live.close();

    assert.equal(rest.timestampMs, timeMs);
    assert.equal(graphql.timestampMs, timeMs);
    assert.equal(tick["t"], timeMs);
    const cores = rest.cpu.coreMetrics.map(({ coreId, usagePercent: { value } }) => ({ coreId, usagePercent: value }));
    assert.deepEqual(cores, [
      { coreId: "0", usagePercent: (0.30000000000000004 - 0.1) * 100 },
      { coreId: "10", usagePercent: (0.7 - 0.3) * 100 },
    ]);
    assert.deepEqual(graphql.cpu.coreMetrics, cores);
    assert.deepEqual(tick["q"], { turns: [0.30000000000000004 - 0.1, 0.7 - 0.3], heat: [62.1] });
    assert.equal(graphql.cpu.usagePercent, rest.cpu.usagePercent.value);
    assert.equal(graphql.cpu.temperature, rest.cpu.temperature.value);

    const exposition = await world.fetch("/metrics");
    assert.equal(exposition.headers.get("x-chainpulse-timestamp-ms"), String(timeMs));
    assert.match(await exposition.text(), new RegExp(`^${lab.heat.prometheusName}\\{node="node-1"\\} 62\\.1$`, "m"));
    const expr = expandQuery(turns, { node: "node-1", stepMs: null, samplingIntervalMs: 1000 });
    const query = new URLSearchParams({ query: expr, time: String(timeMs / 1000) });
    const promql = await world.json<{ data: { result: { value: [number, string] }[] } }>(`/api/v1/query?${query.toString()}`);
    assert.deepEqual(
      promql.data.result.map(({ value }) => Number(value[1]) * 100),
      cores.map(({ usagePercent }) => usagePercent),
    );
  });

  test("a tick's expressions are evaluated once, however many doors ask", async () => {
    // If it fails, each client costs the query thread a full evaluation per second.
    world.pass(1000);
    world.tick(labSamples([0.5, 0.9], 63));
    const before = world.calls.get("batch") ?? 0;
    await Promise.all([1, 2, 3, 4].map(() => world.json(metricsPath)));
    assert.equal((world.calls.get("batch") ?? 0) - before, 1);
    await world.json("/graphql", { query: document });
    assert.equal((world.calls.get("batch") ?? 0) - before, 1);
  });

  test("a value that is not there says why, in the collector's words, at both doors", async () => {
    // If it fails, an operator sees an empty field and not the permission that is missing.
    const absence: Absence = { reason: "no_permission", detail: "open /dev/noise: EACCES", fix: "Add the user to the group." };
    world.report([{ ...absence, collector: "lab.noise", source: "noise", metrics: [lab.noise.name], sinceMs: 0 }]);
    world.pass(1000);
    world.tick(labSamples([1, 1], 64));
    const rest = await world.json<Instant>(metricsPath);
    assert.deepEqual(rest.cpu.noiseWatts, { value: null, unit: "W", unavailable: absence });
    assert.equal(rest.cpu.ambiguous.unavailable?.reason, "unsupported");
    assert.match(rest.cpu.ambiguous.unavailable?.detail ?? "", /2 series where the view declares one/);
    assert.deepEqual(rest.aiModels, []);
    assert.equal(rest.unavailable["aiModels"]?.reason, "not_built_yet");
    const { data } = await world.json<Answer>("/graphql", { query: document });
    assert.deepEqual(data.nodePerformance.cpu.unavailable[0], { field: "noiseWatts", ...absence });
    assert.equal(data.nodePerformance.aiModels, null);
    assert.deepEqual(data.nodePerformance.unavailable, [{ field: "aiModels", reason: "not_built_yet" }]);
  });

  test("a series that has ended is absent, not its last value and not 0", async () => {
    // If it fails, a dead sensor looks alive.
    world.pass(1000);
    world.tick(labSamples([2, 2], 65).slice(1));
    const rest = await world.json<Instant>(metricsPath);
    assert.equal(rest.cpu.temperature.value, null);
    assert.equal(rest.cpu.temperature.unavailable?.reason, "not_present");
    assert.match(rest.cpu.temperature.unavailable?.detail ?? "", new RegExp(lab.heat.name));
    world.pass(60_000);
    assert.equal((await world.json<Instant>(metricsPath)).cpu.temperature.unavailable?.reason, "stale");
  });

  test("an instant in the past gives the values of then", async () => {
    // If it fails, `time=` shows the present under an old timestamp.
    const rest = await world.json<Instant>(`${metricsPath}?time=1764000001`);
    assert.equal(rest.timestampMs, 1_764_000_001_000);
    assert.equal(rest.cpu.temperature.value, 61.299999999999997);
  });

  test("what there is to know of an answer is said at every door", async () => {
    // If it fails, an answer of a tier or beside a damaged file looks like any other.
    const expr = `rate(${lab.heat.prometheusName}[10s])`;
    const message = `PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket`;
    const isSaid = (notes: readonly string[] | undefined): void => {
      assert.equal(notes?.length, 1);
      assert.ok(notes?.[0]?.startsWith(message), notes?.[0]);
    };
    const at = { start: "1764000000", end: "1764000002", step: "1" };
    for (const path of [
      `/api/v1/query?${new URLSearchParams({ query: expr, time: at.end }).toString()}`,
      `/api/v1/query_range?${new URLSearchParams({ query: expr, ...at }).toString()}`,
    ])
      isSaid((await world.json<{ infos?: readonly string[] }>(path)).infos);
    const body = { queries: [{ id: "a", expr }], from: at.start, to: at.end };
    const { results } = await world.json<{ results: readonly { warnings: readonly string[] }[] }>(
      "/api/v1/performance/nodes/node-1/series",
      body,
    );
    isSaid(results[0]?.warnings);
    const query = `{ series(nodeId: "node-1", query: "${expr}", from: "${at.start}", to: "${at.end}") { warnings } }`;
    const { data } = await world.json<{ data: { series: { warnings: readonly string[] } } }>("/graphql", { query });
    isSaid(data.series.warnings);
    const history = await world.json<{ warnings: readonly string[] }>(`${metricsPath}?from=${at.start}&to=${at.end}`);
    assert.deepEqual(history.warnings, []);
  });

  test("an empty store and switched-off collection are reasons too", async () => {
    // If it fails, the first second after a start looks like a fault.
    await using empty = await openWorld();
    const first = await empty.json<Instant>(metricsPath);
    assert.equal(first.timestampMs, null);
    assert.deepEqual(first.cpu.temperature.unavailable, { reason: "not_present", detail: "nothing has been collected yet" });
    await using off = await openWorld({ config: { enabled: false } });
    assert.equal((await off.json<Instant>(metricsPath)).cpu.temperature.unavailable?.reason, "disabled");
  });
});
