/**
 * Real engines keep ChainPulse's samples: every panel, view and check is answered by them as by our own store on the same machine, and
 * an engine that was dead gets all that it missed.
 */
import assert from "node:assert/strict";
import { hostname } from "node:os";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { expandQuery } from "../../src/core/promql-text.ts";
import { domains } from "../../src/domains/index.ts";
import { memoryMetrics } from "../../src/domains/host/memory/metrics.ts";
import { selfMetrics } from "../../src/domains/self/metrics.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";
import { startPrometheus, startVictoriaMetrics, until } from "./support/peer.ts";
import { ask, countOf, rawSamples } from "./support/prometheus-api.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const outageMs = 30_000;
/** After so long every collector has run, and windows of rates are filled. */
const warmMs = 45_000;

const panelExprs = domains.flatMap((domain) =>
  domain.panels.flatMap((section) => section.panels.flatMap((panel) => panel.queries.map(({ expr }) => expr))),
);
const viewExprs = domains.flatMap((domain) =>
  domain.views.flatMap(({ fields, lists = [], rows }) =>
    [fields, ...lists.map((list) => list.fields), rows?.fields ?? []].flat().flatMap(({ expr }) => expr ?? []),
  ),
);
const checkExprs = domains.flatMap((domain) => [
  ...domain.checks.flatMap((check) => [check.expr, ...Object.values(check.details ?? {})]),
  ...domain.alerts.map(({ expr }) => expr),
]);

/** Written with every tick. */
const everyTick = memoryMetrics.memoryLimit.prometheusName;

const context = { node: hostname(), samplingIntervalMs: 1000 };

/** Per expression how many elements it has, for an instant and for a chart. */
async function answersOf(origin: string, atMs: number): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const expr of new Set([...panelExprs, ...viewExprs, ...checkExprs])) {
    const query = expandQuery(expr, { ...context, stepMs: null });
    counts.set(`at ${expr}`, countOf(await ask(origin, "query", { query, time: String(atMs / 1000), nocache: "1" })));
  }
  for (const expr of new Set(panelExprs)) {
    const query = expandQuery(expr, { ...context, stepMs: 5000 });
    const range = { start: String((atMs - 20_000) / 1000), end: String(atMs / 1000), step: "5", nocache: "1" };
    counts.set(`over ${expr}`, countOf(await ask(origin, "query_range", { query, ...range })));
  }
  return counts;
}

const anyJson = z.unknown();

/** Paths of all numbers in the node's metrics. */
async function viewFields(origin: string): Promise<readonly string[]> {
  const answer = await fetch(`${origin}/api/v1/performance/nodes/${encodeURIComponent(hostname())}/metrics`);
  assert.equal(answer.status, 200);
  return [...new Set(numbersIn(anyJson.parse(await answer.json()), ""))].sort();
}

function numbersIn(value: unknown, path: string): readonly string[] {
  if (typeof value === "number") return [path];
  if (Array.isArray(value)) return value.flatMap((item) => numbersIn(item, `${path}[]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => numbersIn(inner, `${path}.${name}`));
}

function startOn(storage: string): Promise<RunningServer> {
  return startChainPulse({ root: checkout, config: `performance_monitoring:\n  ${storage}\n` });
}

const healthAnswer = z.object({ checks: z.array(z.object({ message: z.string() })) });

async function health(origin: string): Promise<z.output<typeof healthAnswer>> {
  const answer = await fetch(`${origin}/api/v1/performance/nodes/${encodeURIComponent(hostname())}/health`);
  return healthAnswer.parse(await answer.json());
}

const status = z.object({
  destinations: z.array(
    z.object({
      newestMs: z.number().nullable(),
      pendingSinceMs: z.number().nullable(),
      refused: z.number(),
      dropped: z.number(),
    }),
  ),
});

/** As the forward thread has told it last; before the first time nothing is known. */
async function forwarding(origin: string): Promise<z.output<typeof status>["destinations"][number]> {
  const answer = await fetch(`${origin}/api/v1/performance/forwarding`);
  const [engine] = status.parse(await answer.json()).destinations;
  return engine ?? { newestMs: null, pendingSinceMs: null, refused: 0, dropped: 0 };
}

for (const { name, start, visibleAfterMs } of [
  { name: "VictoriaMetrics", start: startVictoriaMetrics, visibleAfterMs: 2000 },
  { name: "Prometheus", start: startPrometheus, visibleAfterMs: 0 },
]) {
  describe(`${name} as the engine`, () => {
    it("answers every panel, view and check that our own store answers with the same samples", async () => {
      // If this fails, whoever keeps samples in an engine sees empty or failing charts.
      await using engine = await start();
      const server = await startOn(`remote_write: [{ url: "${engine.url}/api/v1/write" }]`);
      try {
        const startedMs = Date.now();
        await until("it has run for a while", () => Date.now() - startedMs > warmMs);
        await until(
          "the engine has what there was",
          async () => ((await forwarding(server.origin)).newestMs ?? 0) > startedMs + warmMs,
        );
        const atMs = startedMs + warmMs - 5000;
        const here = await answersOf(server.origin, atMs);
        const there = await answersOf(engine.url, atMs);
        const failing = [...there].filter(([, count]) => count < 0).map(([expr]) => expr);
        assert.deepEqual(failing, []);
        const empty = [...here].filter(([expr, count]) => count > 0 && there.get(expr) === 0).map(([expr]) => expr);
        assert.deepEqual(empty, []);
        assert.ok([...here.values()].filter((count) => count > 0).length > 150);
      } finally {
        await server.stop();
      }
    });

    it("fills every view, and has every sample of the time in which it was dead", async () => {
      // If this fails, the dashboard is empty, or an outage of the engine leaves a hole in every chart for ever.
      await using engine = await start();
      const urls = `write_url: "${engine.url}/api/v1/write", query_url: "${engine.url}"`;
      const server = await startOn(
        `storage: { engine: prometheus, prometheus: { ${urls}, visible_after_ms: ${visibleAfterMs} } }`,
      );
      try {
        await until("views have values", async () => (await viewFields(server.origin)).length > 100);
        await until("checks have run", async () => {
          const { checks } = await health(server.origin);
          return checks.length > 20 && checks.every(({ message }) => !/does not answer|the engine says/.test(message));
        });
        const startMs = Date.now();
        await engine.kill();
        await until("half a minute waits", async () => {
          const { pendingSinceMs } = await forwarding(server.origin);
          return pendingSinceMs !== null && Date.now() - pendingSinceMs > outageMs;
        });
        await engine.start();
        const backMs = Date.now();
        await until("all of it is sent", async () => ((await forwarding(server.origin)).newestMs ?? 0) > backMs + 7000);
        const { refused, dropped } = await forwarding(server.origin);
        assert.deepEqual({ refused, dropped }, { refused: 0, dropped: 0 });
        await until("it shows them", async () => {
          const newest = await rawSamples(engine.url, selfMetrics.ticks.prometheusName, Date.now(), 60_000);
          return Math.max(...Array.from(newest.values()).flatMap((samples) => [...samples.keys()])) > backMs;
        });
        const rangeMs = backMs + 7000 - startMs;
        const [ticks] = (await rawSamples(engine.url, selfMetrics.ticks.prometheusName, backMs + 7000, rangeMs)).values();
        const [[firstMs, first], [lastMs, last]] = [[...(ticks ?? [])][0] ?? [0, "0"], [...(ticks ?? [])].at(-1) ?? [0, "0"]];
        assert.ok(lastMs - firstMs >= outageMs - 5000, `${firstMs} to ${lastMs}`);
        // The number of a tick is written into it; a metric of every tick must have as many samples between two of them.
        const every = (await rawSamples(engine.url, everyTick, backMs + 7000, rangeMs + 60_000)).values();
        for (const samples of every) {
          const between = [...samples.keys()].filter((timeMs) => timeMs > firstMs && timeMs <= lastMs);
          assert.equal(between.length, Number(last) - Number(first));
        }
      } finally {
        await server.stop();
      }
    });
  });
}
