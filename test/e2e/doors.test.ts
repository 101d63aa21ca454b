/** One figure, every door: REST, GraphQL, PromQL, the chart endpoint and `/metrics`, compared at one tick. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { labelOf } from "../../src/core/promql-text.ts";
import { cpuMetrics } from "../../src/domains/host/cpu/metrics.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";
import { getJson, postJson, scrapePair } from "./support/doors.ts";

let server: RunningServer;
before(async () => {
  server = await startChainPulse({ config: "performance_monitoring: { node: { id: node-1 } }\n" });
});
after(() => server.stop());

/** The design's own query, letter for letter. */
const literalQuery = `query { nodePerformance(nodeId: "node-1") {
  cpu { usagePercent temperature coreMetrics { coreId usagePercent } }
  gpu { usagePercent memoryUsed tensorCoreUtilization }
  aiModels { modelName inferenceLatencyMs throughputPerSecond acceleratorUtilization }
  quantumMetrics { qrngThroughput postQuantumOverhead merkleTreeOperationsPerSecond } } }`;

interface Cpu {
  readonly usagePercent: number;
  readonly coreMetrics: readonly { readonly coreId: string; readonly usagePercent: number }[];
}

describe("the same figure through every door", () => {
  // If this fails, two pages show two numbers for one thing at one time, and nobody believes either.
  it("is the same number in REST, GraphQL, the chart endpoint and /metrics", async () => {
    const mode = labelOf(cpuMetrics.cpuTime, "cpu.mode");
    const core = labelOf(cpuMetrics.cpuTime, "cpu.logical_number");
    const { before: first, after: second, timeMs } = await scrapePair(server.origin, cpuMetrics.cpuTime);
    const busyPercent = (ofCore: string | null): number => {
      const sum = (samples: typeof first, modes: readonly string[] | null): number =>
        samples
          .filter(({ labels }) => ofCore === null || labels[core] === ofCore)
          .filter(({ labels }) => modes === null || modes.includes(labels[mode] ?? ""))
          .reduce((total, { value }) => total + value, 0);
      const increase = (modes: readonly string[] | null): number => sum(second, modes) - sum(first, modes);
      // Idle and waiting for a disk are the two modes in which a core does nothing.
      return 100 * (1 - increase(["idle", "iowait"]) / increase(null));
    };

    const time = new Date(timeMs).toISOString();
    const rest = await getJson<{
      cpu: { usagePercent: { value: number }; coreMetrics: { coreId: string; usagePercent: { value: number } }[] };
    }>(`${server.origin}/api/v1/performance/nodes/node-1/metrics?time=${time}`);
    const graphql = await postJson<{ data: { nodePerformance: { timestampMs: number; cpu: Cpu } } }>(
      `${server.origin}/graphql`,
      {
        query: `{ nodePerformance(nodeId: "node-1", time: "${time}") { timestampMs cpu { usagePercent coreMetrics { coreId usagePercent } } } }`,
      },
    );
    const { cpu, timestampMs } = graphql.data.nodePerformance;
    assert.equal(timestampMs, timeMs);
    assert.equal(cpu.usagePercent, rest.cpu.usagePercent.value);
    assert.deepEqual(
      cpu.coreMetrics,
      rest.cpu.coreMetrics.map(({ coreId, usagePercent }) => ({ coreId, usagePercent: usagePercent.value })),
    );
    for (const { coreId, usagePercent } of cpu.coreMetrics) {
      // Floating point in different orders; a jiffy would be 1 %.
      assert.ok(
        Math.abs(usagePercent - busyPercent(coreId)) < 0.01,
        `core ${coreId}: ${usagePercent} and ${busyPercent(coreId)}`,
      );
    }
    const all = busyPercent(null);
    assert.ok(Math.abs(cpu.usagePercent - all) < 0.01, `${cpu.usagePercent} and ${all}`);
  });
});

describe("the design's GraphQL query", () => {
  // If this fails, clients written against the published schema break.
  it("is answered, with null and a reason for what is not there", async () => {
    const answer = await postJson<{ errors?: unknown; data: { nodePerformance: { cpu: Cpu; gpu: { usagePercent: null } } } }>(
      `${server.origin}/graphql`,
      { query: literalQuery },
    );
    assert.equal(answer.errors, undefined);
    assert.equal(typeof answer.data.nodePerformance.cpu.usagePercent, "number");
    assert.equal(answer.data.nodePerformance.gpu.usagePercent, null);
  });

  it("names the known nodes when the id is unknown", async () => {
    const query = literalQuery.replace("node-1", "node-2");
    const answer = await postJson<{
      data: { nodePerformance: null };
      errors: { extensions: { code: string; knownNodeIds: string[] } }[];
    }>(`${server.origin}/graphql`, { query });
    assert.equal(answer.data.nodePerformance, null);
    assert.equal(answer.errors[0]?.extensions.code, "NODE_NOT_FOUND");
    assert.match(JSON.stringify(answer.errors[0]), /node-1/);
  });
});
