/**
 * An agent whose receivers are gone for long: a hub, a Prometheus and a VictoriaMetrics are killed together, come back together, and must have
 * every sample that the agent has, label for label. The agent itself is killed once while they are away.
 *
 *   npm run soak -- outage [--minutes 15]
 */
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type HubProcess, startHub } from "../bench/support/hub-process.ts";
import { processCost } from "../bench/support/process-cost.ts";
import { report, round } from "../bench/support/report.ts";
import { startAgent } from "../test/extended/support/agent-process.ts";
import { startPrometheus, startVictoriaMetrics } from "../test/extended/support/peer.ts";
import { keyOf, rawSamples } from "../test/extended/support/prometheus-api.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "15" } } });
const outageMs = Number(values.minutes) * 60_000;
/** Before the outage, and after it until everything must be there. */
const settleMs = 20_000;
const catchUpMs = 600_000;
const probeMs = 60_000;
/** VictoriaMetrics keeps the values of a block as decimals with one exponent, so that some have 12 digits. Source: VictoriaMetrics lib/decimal. */
const decimalTolerance = 1e-9;
const node = "soak";
const site = "soak";

type Series = Awaited<ReturnType<typeof rawSamples>>;

const forwarding = z.object({
  queue: z.object({ bytes: z.number() }),
  destinations: z.array(
    z.object({
      id: z.string(),
      dropped: z.number(),
      refused: z.number(),
      pendingSamples: z.number(),
      newestMs: z.number().nullable(),
      failing: z.string().nullable(),
    }),
  ),
});
type Forwarding = z.output<typeof forwarding>;

await using hub = await startHub({ logging: { level: "error" } });
await using prometheus = await startPrometheus();
await using victoriaMetrics = await startVictoriaMetrics();
const peers = { prometheus, victoriaMetrics };
const destinations = Object.entries(peers).map(([name, { url }]) => ({
  name,
  url: `${url}/api/v1/write`,
  protocol: "1.0",
  external_labels: { site },
}));
await using agent = await startAgent({
  hub,
  node,
  tokenFile: hub.addAgent(node),
  settings: { remote_write: destinations, host: { processes: { top: 0 } } },
});

const startedMs = Date.now();
await sleep(settleMs);
await Promise.all([hub.stop("SIGKILL"), prometheus.kill(), victoriaMetrics.kill()]);
const goneMs = Date.now();
await waitUntil(goneMs + outageMs / 2);
await agent.stop("SIGKILL");
await agent.start();
await waitUntil(goneMs + outageMs);
const waiting = await forwardingOf();
const backMs = Date.now();
await Promise.all([hub.start(), prometheus.start(), victoriaMetrics.start()]);

const caughtUpMs: Record<string, number> = {};
while (Date.now() < backMs + catchUpMs) {
  const all = (await forwardingOf()).destinations;
  for (const { id, newestMs, failing } of all)
    if (failing === null && newestMs !== null && newestMs > backMs) caughtUpMs[id] ??= Date.now() - backMs;
  if (Object.keys(caughtUpMs).length === all.length) break;
  await sleep(200);
}
await sleep(settleMs);

const rangeMs = backMs - startedMs;
const own = await rawSamples(agent.url(), '{__name__!=""}', backMs, rangeMs);
const samples = [...own.values()].reduce((sum, { size }) => sum + size, 0);
const [inPrometheus, inVictoriaMetrics] = await Promise.all(
  [prometheus, victoriaMetrics].map(({ url }) => rawSamples(url, '{__name__!=""}', backMs, rangeMs)),
);
const decimal = { tolerance: decimalTolerance };
const missing = {
  hub: missingIn(await samplesOfHub(hub), (labels) => labels),
  prometheus: missingIn(inPrometheus ?? new Map(), withSite),
  victoriaMetrics: missingIn(inVictoriaMetrics ?? new Map(), withSite, { ...decimal, fromMs: goneMs }),
};
const lostByKill = missingIn(inVictoriaMetrics ?? new Map(), withSite, { ...decimal, toMs: goneMs });
const lost = (await forwardingOf()).destinations.reduce((sum, { dropped, refused }) => sum + dropped + refused, 0);
const passed = samples > 0 && lost === 0 && Object.values(missing).every((count) => count === 0);

report("soak/outage", {
  passed,
  outageMinutes: outageMs / 60_000,
  series: own.size,
  samples,
  samplesWaitingAtMost: Object.fromEntries(waiting.destinations.map(({ id, pendingSamples }) => [id, pendingSamples])),
  bufferedMb: round(waiting.queue.bytes / 1e6),
  caughtUpAfterMs: caughtUpMs,
  samplesMissing: missing,
  // It acknowledges what it keeps in memory for up to five seconds (-inmemoryDataFlushInterval), and was killed.
  acknowledgedAndLostByVictoriaMetrics: lostByKill,
  droppedOrRefused: lost,
  hubCpuSeconds: round(processCost(hub.pid()).cpuSeconds),
});
if (!passed) process.exitCode = 1;

async function waitUntil(untilMs: number): Promise<void> {
  while (Date.now() < untilMs) {
    await sleep(Math.min(probeMs, untilMs - Date.now()));
    const states = (await forwardingOf()).destinations.map(({ id, pendingSamples }) => `${id}: ${pendingSamples}`);
    process.stderr.write(`${((Date.now() - goneMs) / 60_000).toFixed(1)} min, samples that wait: ${states.join(", ")}\n`);
  }
}

async function forwardingOf(): Promise<Forwarding> {
  const answer = await fetch(`${agent.url()}/api/v1/performance/forwarding`);
  return forwarding.parse(await answer.json());
}

async function samplesOfHub(from: HubProcess): Promise<Series> {
  const query = `{node="${node}"}[${rangeMs}ms]`;
  const { data } = await from.json<{
    data: { result: readonly { metric: Record<string, string>; values: readonly [number, string][] }[] };
  }>("/api/v1/query", { query, time: String(backMs / 1000) });
  return new Map(
    data.result.map((one) => [
      keyOf(one.metric),
      new Map(one.values.map(([seconds, value]) => [Math.round(seconds * 1000), value])),
    ]),
  );
}

function withSite(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...labels, site };
}

/** What there is of ours is there, and the same: `tolerance` is relative. */
function missingIn(
  there: Series,
  labelsThere: (labels: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
  { fromMs = 0, toMs = Infinity, tolerance = 0 } = {},
): number {
  const pairs = z.array(z.tuple([z.string(), z.string()]));
  const isSame = (ours: string, theirs = ""): boolean =>
    ours === theirs || (theirs !== "" && Math.abs(Number(ours) - Number(theirs)) <= tolerance * Math.abs(Number(ours)));
  let count = 0;
  for (const [key, samplesHere] of own) {
    const found = there.get(keyOf(labelsThere(Object.fromEntries(pairs.parse(JSON.parse(key))))));
    for (const [timeMs, value] of samplesHere)
      if (timeMs >= fromMs && timeMs < toMs && !isSame(value, found?.get(timeMs))) count++;
  }
  return count;
}
