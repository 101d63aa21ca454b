/**
 * Chain clients that hang, ask for patience, lie, flood or are gone, all at once beside one that is well: each is isolated and named, the one that
 * is well is read as before, and no tick and no other collector waits for any of them.
 */
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { blockMetrics } from "../../src/domains/chain/blocks/metrics.ts";
import { clientMetrics, type RequestFailure } from "../../src/domains/chain/client/metrics.ts";
import { selfMetrics } from "../../src/domains/self/metrics.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";
import { type FakeEvm, type Misbehaviour, startFakeEvm } from "./support/fake-evm.ts";
import { until } from "./support/peer.ts";
import { ask, rawSamples } from "./support/prometheus-api.ts";

/** What each does, how its failures are counted, and how the event of its going says it. */
const hostile: Readonly<Record<Misbehaviour, readonly [RequestFailure, RegExp]>> = {
  hangs: ["timeout", /^no answer within 3000 ms/],
  limits: ["rate_limited", /429/],
  garbles: ["garbage", /no JSON/],
  "mixes ids up": ["garbage", /belongs to another request/],
  floods: ["garbage", /is larger/],
  "goes back": ["contradiction", /asked for block/],
  exaggerates: ["garbage", /number/],
  "is gone": ["unreachable", /ECONNREFUSED|ECONNRESET|hang up/],
};
const names = Object.keys(hostile) as readonly Misbehaviour[]; // Its keys are these.
/** Of each of the two times that are compared: enough ticks for a median that one slow tick does not move. */
const spanMs = 25_000;
const intervalSeconds = 1;
/** The gate: of a tick's interval. */
const lateShareMax = 0.1;

const label = (client: string): string => `chain_client=${JSON.stringify(client)}`;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

describe("hostile chain clients", () => {
  const nodes = new Map<string, FakeEvm>();
  let server: RunningServer;
  /** Both spans end here. */
  const ends = { quietMs: 0, hostileMs: 0 };

  const value = async (query: string): Promise<number | undefined> => {
    const { data, error } = await ask(server.origin, "query", { query, nocache: "1" });
    assert.ok(data?.resultType === "vector", error);
    const [first] = data.result;
    return first === undefined ? undefined : Number(first.value[1]);
  };
  const up = (name: string): Promise<number | undefined> => value(`${clientMetrics.up.prometheusName}{${label(name)}}`);
  const headQuery = (name: string): string => `${blockMetrics.number.prometheusName}{${label(name)},block_tag="head"}`;
  const valuesIn = async (metric: string, endMs: number): Promise<ReadonlyMap<string, readonly number[]>> => {
    const found = await rawSamples(server.origin, metric, endMs, spanMs);
    return new Map(Array.from(found, ([key, samples]) => [key, Array.from(samples.values(), Number)]));
  };

  before(async () => {
    for (const name of ["well", ...names]) nodes.set(name, await startFakeEvm());
    const clients = [...nodes].map(([name, { url }]) => ({ name, kind: "evm", rpc_url: url }));
    // Long enough for the answer of the one that floods to be too large before it is too late, also on a busy machine.
    const chain = { discover: false, poll_interval_ms: 500, request_timeout_ms: 3000, clients };
    server = await startChainPulse({ config: JSON.stringify({ performance_monitoring: { chain } }) });
    for (const name of nodes.keys()) await until(`${name} is up`, async () => (await up(name)) === 1);
    await wait(spanMs);
    ends.quietMs = Date.now();
    for (const name of names) await nodes.get(name)?.behave(name);
    await wait(spanMs);
    ends.hostileMs = Date.now();
  });
  after(async () => {
    await server?.stop();
    for (const node of nodes.values()) await node[Symbol.asyncDispose]();
  });

  it("are down, without a value that nobody has told", async () => {
    // The last head of a dead node would be shown as if it lived if this fails.
    for (const name of names) {
      await until(`${name} is down`, async () => (await up(name)) === 0);
      assert.equal(await value(headQuery(name)), undefined, `head of one that ${name}`);
    }
    assert.equal(await up("well"), 1);
  });

  it("are told by events, each with its name and what is wrong", async () => {
    // An operator would look for the fault at the wrong end if this fails.
    const list = z.object({ nodes: z.array(z.object({ id: z.string() })) });
    const { nodes: known } = list.parse(await (await fetch(`${server.origin}/api/v1/performance/nodes`)).json());
    const path = `/api/v1/performance/nodes/${known[0]?.id}/events?kind=chain.client&limit=500`;
    const shape = z.object({ events: z.array(z.object({ subject: z.string(), fields: z.record(z.string(), z.unknown()) })) });
    const { events } = shape.parse(await (await fetch(server.origin + path)).json());
    for (const name of names) {
      const found = events.find(({ subject, fields }) => subject === name && fields["what"] === "down");
      assert.match(String(found?.fields["detail"]), hostile[name][1], `the event of one that ${name}`);
    }
    assert.deepEqual(
      events.filter(({ subject, fields }) => subject === "well" && fields["what"] === "down"),
      [],
    );
  });

  it("are asked less often while they fail", async (t) => {
    // A node in trouble would get more load from its monitor if this fails.
    for (const name of ["hangs", "limits", "garbles", "floods"] as const) {
      const asked = nodes.get(name)?.asked() ?? Infinity;
      t.diagnostic(`one that ${name}: ${asked} requests in ${spanMs / 1000} s and what came after`);
      assert.ok(asked > 0 && asked < (nodes.get("well")?.asked() ?? 0) / 2, `${asked} requests to one that ${name}`);
    }
  });

  it("hold up no tick, and no other collector", async (t) => {
    // One wrong client would cost the whole machine's charts if this fails.
    for (const metric of [selfMetrics.tickLateness, selfMetrics.tickDuration, selfMetrics.collectorDuration]) {
      const [quiet, during] = [
        await valuesIn(metric.prometheusName, ends.quietMs),
        await valuesIn(metric.prometheusName, ends.hostileMs),
      ];
      assert.ok(quiet.size > 0);
      for (const [key, before] of quiet) {
        const now = during.get(key) ?? [];
        const [was, is] = [median(before), median(now)];
        if (metric !== selfMetrics.collectorDuration)
          t.diagnostic(`${metric.name}: median ${was} s, with hostile clients ${is} s`);
        assert.ok(now.length >= before.length - 2, `${key}: ${now.length} values, ${before.length} before`);
        assert.ok(is - was < lateShareMax * intervalSeconds, `${key}: median ${was} s, with hostile clients ${is} s`);
      }
    }
    const missed = selfMetrics.ticksMissed.prometheusName;
    assert.equal(await value(`increase(${missed}[${spanMs}ms] @ ${ends.hostileMs / 1000})`), 0);
    assert.equal(
      await value(`min(min_over_time(${selfMetrics.collectorSuccess.prometheusName}[${spanMs}ms] @ ${ends.hostileMs / 1000}))`),
      await value(`min(min_over_time(${selfMetrics.collectorSuccess.prometheusName}[${spanMs}ms] @ ${ends.quietMs / 1000}))`),
    );
    const blocks = await value(
      `increase(${blockMetrics.blocks.prometheusName}{${label("well")}}[${spanMs}ms] @ ${ends.hostileMs / 1000})`,
    );
    assert.ok((blocks ?? 0) > (0.8 * spanMs) / 1000, `${blocks} blocks of the client that is well`);
  });

  it("are back when they behave, with their failures counted by kind, and no counter that fell", async () => {
    // An operator would have to restart the monitor after each outage if this fails.
    for (const name of names) await nodes.get(name)?.behave(null);
    for (const name of names) {
      await until(`${name} is back`, async () => (await up(name)) === 1 && (await value(headQuery(name))) !== undefined);
    }
    const { data, error } = await ask(server.origin, "query", {
      query: 'resets({__name__=~"chainpulse_chain_.+_total"}[5m]) > 0',
    });
    assert.ok(data?.resultType === "vector", error);
    assert.deepEqual(data.result, []);
  });
});
