/** From stored samples to the sentence: who carries the work, and since when. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CheckRunner } from "../../src/analyse/check-runner.ts";
import type { LabelSpec, Metric } from "../../src/core/metric.ts";
import { cpuChecks } from "../../src/domains/host/checks/cpu.ts";
import { cpuMetrics } from "../../src/domains/host/cpu/metrics.ts";
import { processMetrics } from "../../src/domains/host/process/metrics.ts";
import { createMemoryReader } from "../../src/query/promqltest/memory-reader.ts";
import { createQueryService } from "../../src/query/service.ts";

const seconds = 200;

/** One machine: by core its share of busy time and its NUMA node; by process its CPU and the core of its main thread. */
interface Machine {
  readonly cores: readonly { readonly busy: number; readonly node: string }[];
  readonly processes: Readonly<Record<string, { readonly cpu: number; readonly core: number }>>;
}

const pinned: Machine = {
  cores: [
    { busy: 0.1, node: "0" },
    { busy: 0.98, node: "0" },
    { busy: 0.2, node: "0" },
  ],
  processes: { geth: { cpu: 1.5, core: 0 }, stress: { cpu: 0.97, core: 1 }, cron: { cpu: 0.01, core: 1 } },
};

function storeOf({ cores, processes }: Machine) {
  const reader = createMemoryReader();
  const nodes = Map.groupBy(cores, ({ node }) => node);
  for (let second = 0; second <= seconds; second++) {
    const add = <L extends LabelSpec>(metric: Metric<L>, labels: Readonly<Record<string, string>>, value: number): void => {
      const spelled = Object.entries(labels).map(([name, label]) => [metric.prometheusLabels[name], label]);
      const all = { __name__: metric.prometheusName, node: "n", ...Object.fromEntries(spelled) };
      reader.add(all, second * 1000, value);
    };
    for (const [index, { busy, node }] of cores.entries()) {
      const core = { "cpu.logical_number": String(index) };
      add(cpuMetrics.cpuTime, { ...core, "cpu.mode": "user" }, busy * second);
      add(cpuMetrics.cpuTime, { ...core, "cpu.mode": "idle" }, (1 - busy) * second);
      add(cpuMetrics.cpuInfo, { ...core, "numa.node": node }, 1);
    }
    if (nodes.size > 1) {
      for (const [node, members] of nodes) {
        const busy = members.reduce((sum, member) => sum + member.busy, 0) / members.length;
        add(cpuMetrics.numaCpuUtilization, { "numa.node": node }, busy);
      }
    }
    for (const [index, [name, { cpu, core }]] of Object.entries(processes).entries()) {
      const labels = { "process.executable.name": name, "process.pid": String(100 + index) };
      add(processMetrics.cpuTime, { ...labels, "cpu.mode": "user" }, cpu * second);
      add(processMetrics.lastCpu, labels, core);
      add(processMetrics.memoryUsage, labels, 1);
    }
  }
  return createQueryService(reader);
}

/** What the check says when it has run every 10 s. */
async function say(machine: Machine, id: string) {
  const runner = new CheckRunner({
    checks: cpuChecks.filter((check) => check.id === id),
    node: "n",
    samplingIntervalMs: 1000,
    query: storeOf(machine),
    absences: () => Promise.resolve([]),
    onChange: () => undefined,
    startedMs: 0,
  });
  for (let second = 20; second <= seconds; second += 10) await runner.run(second * 1000);
  const [result] = runner.results();
  return { status: result?.status, message: result?.message };
}

describe("the sentence about the distribution of work", () => {
  // If these fail, an operator with one core at its limit looks at the wrong program, or at none.
  it("names the core, the process that works on it and the time, though another process uses more elsewhere", async () => {
    assert.deepEqual(await say(pinned, "host.cpu_imbalance"), {
      status: "warning",
      message:
        "Core 1 carries the work since 1970-01-01T00:00:20Z: it is 98 % busy, the other cores 15 %; stress (101) uses most there, 0.97 CPUs.",
    });
  });

  it("names the busiest process where no main thread works on the core", async () => {
    const { message } = await say({ ...pinned, processes: { geth: { cpu: 1.2, core: 0 } } }, "host.cpu_imbalance");
    assert.match(message ?? "", /the other cores 15 %; geth \(100\) uses most there, 1\.2 CPUs\.$/);
  });

  it("says nothing of processes that it cannot see", async () => {
    const { message } = await say({ ...pinned, processes: {} }, "host.cpu_imbalance");
    assert.match(message ?? "", /it is 98 % busy, the other cores 15 %\.$/);
  });

  it("is content with a busy machine whose cores share the work", async () => {
    const cores = [0.9, 0.95, 0.8].map((busy) => ({ busy, node: "0" }));
    const { status, message } = await say({ ...pinned, cores }, "host.cpu_imbalance");
    assert.equal(status, "ok");
    assert.match(message ?? "", /^No core carries the work alone: the busiest, 1, is 95 % busy, the other cores 85 %/);
  });

  it("has nothing to judge with a single core", async () => {
    const { status, message } = await say({ ...pinned, cores: [{ busy: 1, node: "0" }] }, "host.cpu_imbalance");
    assert.deepEqual([status, message], ["ok", "Work spread over cores: nothing to judge at the moment."]);
  });

  it("names the NUMA node, where there are several", async () => {
    const cores = [
      { busy: 0.05, node: "0" },
      { busy: 0.05, node: "0" },
      { busy: 0.95, node: "1" },
      { busy: 0.9, node: "1" },
    ];
    const machine = { cores, processes: { geth: { cpu: 0.5, core: 0 }, stress: { cpu: 1.8, core: 3 } } };
    assert.deepEqual(await say(machine, "host.numa_imbalance"), {
      status: "warning",
      message:
        "NUMA node 1 carries the work since 1970-01-01T00:00:20Z: it is 92.5 % busy, the other nodes 5 %; stress (101) uses most there, 1.8 CPUs.",
    });
    const { message } = await say({ ...machine, cores: cores.with(3, { busy: 0.05, node: "1" }) }, "host.cpu_imbalance");
    assert.match(message ?? "", /^Core 2 of NUMA node 1 carries the work since/);
  });
});
