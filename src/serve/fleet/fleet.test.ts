import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AgentRecord } from "../../core/agent-record.ts";
import { metricNameLabel } from "../../core/labels.ts";
import { lab } from "../lab.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";
import type { FleetPage } from "./fleet-page.ts";

const nodesPath = "/api/v1/performance/nodes";

function record(node: string, given: Partial<AgentRecord> = {}): AgentRecord {
  const nowMs = 1_764_000_000_000;
  return {
    node,
    type: "rpc",
    labels: { site: "a" },
    version: "1.2.3",
    samplingIntervalMs: 1000,
    state: null,
    firstSeenMs: nowMs,
    lastSeenMs: nowMs,
    lastSampleMs: nowMs,
    address: "10.0.0.7",
    outbox: "o",
    seq: 1,
    storedSamples: 10,
    refusedSamples: 0,
    refusal: null,
    ...given,
  };
}

/** Heat of a node, and the work of one of its processes. */
const samplesOf = (node: string, heat: number) =>
  [
    [{ [metricNameLabel]: lab.heat.prometheusName, node }, heat],
    [{ [metricNameLabel]: lab.work.prometheusName, node, pid: "1", name: "x" }, heat / 100],
    [{ [metricNameLabel]: lab.work.prometheusName, node, pid: "2", name: "y" }, heat / 200],
  ] as const;

const walk = async (world: World, query: string): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let next: string | null = ""; next !== null;) {
    const page: FleetPage = await world.json<FleetPage>(`${nodesPath}?${query}${next === "" ? "" : `&cursor=${next}`}`);
    ids.push(...page.nodes.map(({ id }) => id));
    next = page.next;
  }
  return ids;
};

describe("the fleet", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    world.agents.put([
      record("n-2", { type: "validator", labels: { site: "b" } }),
      record("n-10"),
      record("n-3", { lastSeenMs: 1_764_000_000_000 - 3_600_000 }),
    ]);
    world.services.tokens.create({ name: "n-9", node: "n-9", scopes: ["agent"], expiresMs: null });
    world.tick([...samplesOf("node-1", 20), ...samplesOf("n-2", 90), ...samplesOf("n-10", 40)]);
    world.evaluate([alertOf("n-10")]);
  });
  after(() => world.close());

  test("each node has its figures, its status and its worst alert", async () => {
    // If it fails, a fleet's page shows one node's load beside another one's name.
    const { nodes, total, counts, columns } = await world.json<FleetPage>(nodesPath);
    assert.equal(total, 5);
    assert.deepEqual(counts, {
      status: { up: 3, down: 1, never: 1 },
      type: { other: 2, rpc: 2, validator: 1 },
      health: { ok: 3, critical: 1, unknown: 1 },
    });
    assert.deepEqual(
      columns.map(({ name, unit }) => [name, unit]),
      [
        ["heatCelsius", "Cel"],
        ["busiestPercent", "%"],
      ],
    );
    assert.deepEqual(
      nodes.map(({ id, role, status, health, figures }) => [
        id,
        role,
        status,
        health,
        figures["heatCelsius"],
        figures["busiestPercent"],
      ]),
      [
        ["n-2", "agent", "up", "ok", 90, 90],
        ["n-3", "agent", "down", "ok", null, null],
        ["n-9", "agent", "never", "unknown", null, null],
        ["n-10", "agent", "up", "critical", 40, 40],
        ["node-1", "all", "up", "ok", 20, 20],
      ],
    );
  });

  test("pages, sorting and filters are made on the server", async () => {
    // If it fails, a fleet of a thousand is a page of a megabyte, or a page leaves nodes out.
    assert.deepEqual(await walk(world, "limit=2"), ["n-2", "n-3", "n-9", "n-10", "node-1"]);
    // What has no value comes last in either order.
    assert.deepEqual(await walk(world, "limit=2&sort=heatCelsius&order=desc"), ["n-2", "n-10", "node-1", "n-3", "n-9"]);
    assert.deepEqual(await walk(world, "limit=1&sort=heatCelsius"), ["node-1", "n-10", "n-2", "n-3", "n-9"]);
    assert.deepEqual(await walk(world, "sort=status&order=desc"), ["n-9", "n-3", "n-2", "n-10", "node-1"]);
    assert.deepEqual(await walk(world, "status=up,down&type=rpc"), ["n-3", "n-10"]);
    assert.deepEqual(await walk(world, "label=site%3Db"), ["n-2"]);
    assert.deepEqual(await walk(world, "q=SITE%3Da"), ["n-3", "n-10"]);
    assert.deepEqual(await walk(world, "health=critical"), ["n-10"]);
    for (const wrong of ["sort=colour", "cursor=bm9uZQ", "limit=0", "status=ill", "label=site"]) {
      assert.equal((await world.fetch(`${nodesPath}?${wrong}`)).status, 400, wrong);
    }
  });

  test("everything that is shown of this node is shown of one that reports from elsewhere", async () => {
    // If it fails, a click on a node of the fleet shows the hub's own values under its name.
    const base = `${nodesPath}/n-2`;
    const metrics = await world.json<{ node: string; cpu: { temperature: { value: number } } }>(`${base}/metrics`);
    assert.deepEqual([metrics.node, metrics.cpu.temperature.value], ["n-2", 90]);
    const history = await world.json<{ node: string; series: readonly unknown[] }>(`${base}/metrics?from=-1m&metrics=lab.heat`);
    assert.deepEqual([history.node, history.series.length], ["n-2", 1]);
    const processes = await world.json<{ total: number }>(`${base}/processes`);
    assert.equal(processes.total, 2);
    const one = await world.json<{ id: string; headline: { status: string } }>(`${nodesPath}/n-10`);
    assert.deepEqual([one.id, one.headline.status], ["n-10", "critical"]);
    const health = await world.json<{ node: string; checks: readonly { message: string }[] }>(`${nodesPath}/n-10/health`);
    assert.deepEqual([health.node, health.checks[0]?.message], ["n-10", "The kettle boils."]);
    const unknown = await world.json<{ code: string; fix: string }>(`${nodesPath}/n-99/metrics`);
    assert.equal(unknown.code, "NODE_NOT_FOUND");
    assert.match(unknown.fix, /node-1, n-10, n-2, n-3/);
  });

  test("GraphQL has the same pages and the same values", async () => {
    // If it fails, the two doors give different numbers.
    interface Answer {
      readonly data: {
        readonly nodes: { readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[] };
        readonly nodePerformance: { readonly cpu: { readonly temperature: number } };
      };
    }
    const ask = (after: string | null) =>
      world.json<Answer>("/graphql", {
        query: `query($after: String) {
          nodes(first: 2, after: $after, sort: "heatCelsius", order: "desc") { edges { cursor node { id status figures { name value } agent { address } } } }
          nodePerformance(nodeId: "n-2") { cpu { temperature } }
        }`,
        variables: { after },
      });
    const first = await ask(null);
    assert.deepEqual(
      first.data.nodes.edges.map(({ node }) => node.id),
      ["n-2", "n-10"],
    );
    assert.equal(first.data.nodePerformance.cpu.temperature, 90);
    const second = await ask(first.data.nodes.edges[1]?.cursor ?? null);
    assert.deepEqual(
      second.data.nodes.edges.map(({ node }) => node.id),
      ["node-1", "n-3"],
    );
  });
});

function alertOf(node: string): Parameters<World["evaluate"]>[0][number] {
  const labels = { alertname: "Boils", severity: "critical", node };
  const annotations = { summary: "The kettle boils.", action: "Wait." };
  return {
    name: "lab",
    file: "built-in:lab",
    intervalMs: 1000,
    limit: 0,
    evaluationDurationMs: 1,
    lastEvaluationMs: 1,
    rules: [
      {
        name: "Boils",
        query: "1",
        labels,
        lastError: null,
        evaluationDurationMs: 1,
        lastEvaluationMs: 1,
        holdMs: 0,
        keepFiringForMs: 0,
        annotations: {},
        type: "alerting",
        health: "ok",
        state: "firing",
        alerts: [{ labels, annotations, state: "firing", activeAtMs: 1, keepFiringSinceMs: null, value: 100 }],
      },
    ],
  };
}
