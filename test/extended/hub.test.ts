/** A hub and its agents as real processes: killed at any moment, cut off, lied to. What was collected must be there once, and nothing else. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { endChild } from "../../bench/support/child.ts";
import { countSamples, entry, type HubProcess, startHub } from "../../bench/support/hub-process.ts";
import { createSimulatedAgent, type SimulatedAgent, simulatedMetric } from "../../bench/support/simulated-agent.ts";
import { systemClock } from "../../src/core/clock.ts";
import { telemetrySchema } from "../../src/core/config-telemetry.ts";
import type { StoredEvent } from "../../src/core/node-event.ts";
import { cpuMetrics } from "../../src/domains/host/cpu/metrics.ts";
import { openTelemetryStore } from "../../src/store/beside/telemetry-store.ts";
import { keepLines } from "../../src/store/log-lines.test-support.ts";
import { getJson } from "../e2e/support/doors.ts";
import { until } from "./support/until.ts";

const quiet = { logging: { level: "error" } };
/** Between two looks at something that takes its time. */
const lookMs = 100;

interface FleetNode {
  readonly agent: { readonly state: { readonly tlsGroup: string | null } | null } | null;
}

const block: StoredEvent = {
  kind: "chain.block",
  node: "n-1",
  subject: "geth",
  key: "0xa",
  timeMs: 1_764_000_000_000,
  fields: { number: 1 },
};

interface EventList {
  readonly events: readonly StoredEvent[];
}

interface TraceList {
  readonly traces: readonly { readonly traceId: string; readonly spans: number }[];
}

interface VectorAnswer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

describe("a hub and simulated agents", () => {
  it("loses nothing and doubles nothing when it is killed in the middle", async () => {
    // If it fails, a crash of the hub is a hole in the charts of the whole fleet.
    await using hub = await startHub(quiet);
    using agents = simulated(hub, 20, 200);
    for (let tick = 0; tick < 12; tick++) {
      agents.tick();
      await sleep(lookMs);
      if (tick === 4) await hub.stop("SIGKILL");
      if (tick === 8) await hub.start();
    }
    await agents.settled();
    const counts = await countSamples(hub, simulatedMetric, agents.nodes);
    assert.deepEqual(
      [...counts.values()],
      agents.nodes.map(() => 12 * 200),
    );
    // What is known of an agent is written down every two seconds.
    const fleet = "/api/v1/performance/nodes?q=agent-&limit=100";
    const isKnown = ({ agent }: FleetNode): boolean => agent?.state?.tlsGroup === "X25519MLKEM768";
    for (let known = 0; known < 20; await sleep(lookMs)) {
      known = (await hub.json<{ nodes: readonly FleetNode[] }>(fleet)).nodes.filter(isKnown).length;
    }
  });

  it("takes nothing from an agent whose token was revoked, or is for another node", async () => {
    // If it fails, a stolen node goes on writing, or writes as its neighbour.
    await using hub = await startHub(quiet);
    using agents = simulated(hub, 2, 10);
    agents.tick();
    await agents.settled();
    hub.revoke("agent-0");
    agents.tick();
    await agents.until(() => agents.all[0]?.failing()?.startsWith("401") === true && agents.all[1]?.waiting() === 0);
    assert.deepEqual([...(await countSamples(hub, simulatedMetric, agents.nodes)).values()], [10, 20]);

    using thief = simulatedAs(hub, "agent-7", hub.addAgent("agent-8"));
    thief.agent.tick();
    await agents.until(() => thief.agent.failing() !== null);
    assert.match(thief.agent.failing() ?? "", /^403 the token is for the node "agent-8"/);
    assert.deepEqual([...(await countSamples(hub, simulatedMetric, ["agent-7", "agent-8"])).values()], [0, 0]);
  });
});

describe("a hub and a real agent", () => {
  it("has after 30 s of silence, and after kills of either, what the agent has", async () => {
    // If it fails, an outage of the network, of the hub or of an agent loses what was measured meanwhile.
    await using hub = await startHub(quiet);
    const tokenFile = hub.addAgent("n-1");
    const directory = mkdtempSync(join(tmpdir(), "chainpulse-agent-"));
    addBlock(join(directory, "data"));
    let agent = await startAgent(hub, directory, tokenFile);
    try {
      for (let kill = 0; kill < 5; kill++) {
        await ticks(agent.url, 2);
        await tellSpan(agent.url, kill);
        await endChild(agent.child, "SIGKILL");
        agent = await startAgent(hub, directory, tokenFile);
      }
      await ticks(agent.url, 3);
      await hub.stop("SIGKILL");
      await tellSpan(agent.url, 5);
      await ticks(agent.url, 30);
      await hub.start();
      const lastMs = await ticks(agent.url, 1);

      const query = `sum(count_over_time(${cpuMetrics.cpuTime.prometheusName}{node="n-1"}[10m]))`;
      const form = { query, time: String(lastMs / 1000) };
      const own = await getJson<VectorAnswer>(`${agent.url}/api/v1/query?${new URLSearchParams(form).toString()}`);
      const expected = Number(own.data.result[0]?.value[1]);
      assert.ok(expected > 40 * 8, `the agent has ${expected} samples`);
      const samples = async (): Promise<number> =>
        Number((await hub.json<VectorAnswer>("/api/v1/query", form)).data.result[0]?.value[1] ?? 0);
      await until("the hub has the samples", 90, samples, (found) => found === expected);
      // Spans and events have their own ways, and their own pauses between tries.
      const path = "/api/v1/performance/nodes/n-1";
      const traces = async (): Promise<TraceList["traces"]> =>
        (await hub.json<TraceList>(`${path}/traces?service=wallet`)).traces;
      const found = await until("the hub has the spans", 90, traces, ({ length }) => length >= 6);
      assert.deepEqual(
        new Map(found.map(({ traceId, spans }) => [traceId, spans])),
        new Map([0, 1, 2, 3, 4, 5].map((index) => [traceOf(index), 1])),
      );
      const events = async (): Promise<EventList["events"]> =>
        (await hub.json<EventList>(`${path}/events?kind=chain.block`)).events;
      assert.deepEqual(await until("the hub has the event", 90, events, ({ length }) => length >= 1), [block]);
    } finally {
      await endChild(agent.child, "SIGTERM");
      rmSync(directory, { recursive: true });
    }
  });
});

/** What the agent has seen before it knew its hub. */
function addBlock(dataDir: string): void {
  const { logger } = keepLines();
  const store = openTelemetryStore({ dataDir, clock: systemClock, logger, limits: telemetrySchema.parse({}) });
  store.addEvents([block]);
  store.close();
}

const traceOf = (index: number): string => `${"ab".repeat(15)}0${index}`;

/** A program beside the agent tells it of a span; it is stored when this resolves. */
async function tellSpan(url: string, index: number): Promise<void> {
  const timeUnixNano = `${systemClock.nowMs()}000000`;
  const span = {
    traceId: traceOf(index),
    spanId: "00f067aa0ba902b7",
    startTimeUnixNano: timeUnixNano,
    endTimeUnixNano: timeUnixNano,
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "wallet" } }] };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  const headers = { "content-type": "application/json" };
  assert.equal((await fetch(`${url}/v1/traces`, { method: "POST", headers, body })).status, 200);
}

interface Simulation extends Disposable {
  readonly nodes: readonly string[];
  readonly all: readonly SimulatedAgent[];
  tick(): void;
  until(condition: () => boolean): Promise<void>;
  /** Everything is acknowledged. */
  settled(): Promise<void>;
}

function simulated(hub: HubProcess, count: number, series: number): Simulation {
  const nodes = Array.from({ length: count }, (_, index) => `agent-${index}`);
  const all = nodes.map((node) =>
    createSimulatedAgent({
      node,
      series,
      url: hub.url,
      pin: hub.pin,
      tokenFile: hub.addAgent(node),
      onStored: () => undefined,
    }),
  );
  const until = async (condition: () => boolean): Promise<void> => {
    const failing = (): string => all.map((agent) => agent.failing()).find((message) => message !== null) ?? "";
    for (const endMs = performance.now() + 60_000; !condition();) {
      assert.ok(performance.now() < endMs, `it takes more than a minute; ${failing()}`);
      await sleep(lookMs);
    }
  };
  return {
    nodes,
    all,
    tick: () => {
      for (const agent of all) agent.tick();
    },
    until,
    settled: () => until(() => all.every((agent) => agent.waiting() === 0)),
    [Symbol.dispose]() {
      for (const agent of all) agent.close();
    },
  };
}

function simulatedAs(hub: HubProcess, node: string, tokenFile: string): Disposable & { readonly agent: SimulatedAgent } {
  const agent = createSimulatedAgent({ node, series: 3, url: hub.url, pin: hub.pin, tokenFile, onStored: () => undefined });
  return { agent, [Symbol.dispose]: () => agent.close() };
}

async function startAgent(
  hub: HubProcess,
  directory: string,
  tokenFile: string,
): Promise<{ child: ChildProcess; url: string }> {
  const token = join(directory, "hub.token");
  writeFileSync(token, readFileSync(tokenFile), { mode: 0o600 });
  const flags = ["--role", "agent", "--node", "n-1", "--hub", hub.url, "--token-file", token, "--pin", hub.pin];
  const child = spawn(
    process.execPath,
    [entry, "start", "--listen", "127.0.0.1:0", "--data-dir", join(directory, "data"), ...flags],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/[^/\s]+/.exec(line)?.[0];
    if (url !== undefined) return { child, url };
  }
  return assert.fail("the agent ended before it served");
}

/** Waits for so many further ticks of the agent; returns the time of the last. */
async function ticks(url: string, count: number): Promise<number> {
  const seen = new Set<number>();
  let lastMs = 0;
  while (seen.size <= count) {
    const status = await getJson<{ collect: { lastTickMs: number | null } }>(`${url}/api/v1/performance/status`);
    if (status.collect.lastTickMs !== null) seen.add((lastMs = status.collect.lastTickMs));
    await sleep(lookMs);
  }
  return lastMs;
}
