/**
 * A hub under a fleet: simulated agents, each with 1,000 series a second, over TLS, into one hub on the same machine. Measured are the time
 * from a tick to its acknowledgement and the hub's CPU time; then the hub is killed and started again, and in the end every sample must be
 * there. Agents and hub share the machine's processors.
 *
 *   npm run bench -- hub [--agents 200] [--series 1000] [--seconds 60]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { DriverOptions, DriverOrder, DriverReport } from "./support/hub-agents-child.ts";
import { countSamples, startHub } from "./support/hub-process.ts";
import { processCost } from "./support/process-cost.ts";
import { report, round } from "./support/report.ts";
import { simulatedMetric } from "./support/simulated-agent.ts";

const { values } = parseArgs({
  options: {
    agents: { type: "string", default: "200" },
    series: { type: "string", default: "1000" },
    seconds: { type: "string", default: "60" },
  },
});
const [agents, series, seconds] = [Number(values.agents), Number(values.series), Number(values.seconds)];
/** Sessions are begun and series told; the first seconds are not what this measures. */
const warmUpMs = 10_000;
const outageMs = 5000;

await using hub = await startHub({ logging: { level: "warn" } });
const nodes = Array.from({ length: agents }, (_, index) => `agent-${index}`);
const options: DriverOptions = {
  url: hub.url,
  pin: hub.pin,
  series,
  agents: nodes.map((node) => ({ node, tokenFile: hub.addAgent(node) })),
};
const child = fork(fileURLToPath(new URL("support/hub-agents-child.ts", import.meta.url)), [JSON.stringify(options)]);
const order = (what: DriverOrder): void => void child.send(what);
const ask = async (): Promise<DriverReport> => {
  order("report");
  const [answer] = (await once(child, "message")) as [DriverReport]; // The child sends nothing else.
  return answer;
};
/** How long until nothing waits, ms. */
const settled = async (): Promise<number> => {
  const beganMs = performance.now();
  for (;;) {
    const { waiting, failing } = await ask();
    // A tick that was just made is on its way.
    if (failing === 0 && waiting <= agents * series) return performance.now() - beganMs;
    await sleep(200);
  }
};

order("start");
console.error(`${agents} agents begin …`);
await sleep(warmUpMs);
const settleMs = await settled();
order("forget");
const before = { ...processCost(hub.pid()), ms: performance.now(), made: (await ask()).made, driver: (await ask()).cpuSeconds };
await sleep(seconds * 1000);
const during = await ask();
const after = { ...processCost(hub.pid()), ms: performance.now() };
const measuredSeconds = (after.ms - before.ms) / 1000;
const samples = during.made - before.made;
const hubCpuSeconds = after.cpuSeconds - before.cpuSeconds;
console.error(
  `acknowledged: p50 ${round(during.acknowledgedMs.p50)} ms, p99 ${round(during.acknowledgedMs.p99)} ms; the hub is killed …`,
);

order("forget");
await hub.stop("SIGKILL");
await sleep(outageMs);
const startedMs = performance.now();
await hub.start();
const restartMs = performance.now() - startedMs;
const caughtUpMs = await settled();
const restarted = await ask();
order("stop");
for (let { waiting } = await ask(); waiting > 0; { waiting } = await ask()) await sleep(200);
const { made } = await ask();
child.disconnect();
console.error("counting what the hub has …");
const counts = await countSamples(hub, simulatedMetric, nodes);
const stored = [...counts.values()].reduce((sum, count) => sum + count, 0);
const bytes = (await hub.json<{ collect: { store: { bytes: number } } }>("/api/v1/performance/status")).collect.store.bytes;

report("hub", {
  agents,
  seriesPerAgent: series,
  measuredSeconds: round(measuredSeconds),
  settleMs: round(settleMs),
  samplesPerSecond: round(samples / measuredSeconds),
  acknowledgeP50Ms: round(during.acknowledgedMs.p50),
  acknowledgeP99Ms: round(during.acknowledgedMs.p99),
  acknowledgeMaxMs: round(during.acknowledgedMs.max),
  gateP99Ms: 1000,
  hubCpuPercent: round((100 * hubCpuSeconds) / measuredSeconds),
  hubCpuSecondsPerMillionSamples: round(hubCpuSeconds / (samples / 1e6)),
  driverCpuSecondsPerMillionSamples: round((during.cpuSeconds - before.driver) / (samples / 1e6)),
  hubRssMb: round(after.rssBytes / 1e6),
  waitingAtEnd: during.waiting,
  restart: {
    outageMs,
    restartMs: round(restartMs),
    allCaughtUpAfterMs: round(caughtUpMs),
    acknowledgeP99Ms: round(restarted.acknowledgedMs.p99),
  },
  samplesMade: made,
  samplesStored: stored,
  isComplete: made === stored,
  storeBytesPerSample: round(bytes / stored),
  peer: null,
  peerReason: "no peer of Debian's has agents of its own protocol; remote write is compared in ingest",
});
