/**
 * What watching costs: ChainPulse, node_exporter (scraped once a second) and Netdata on the same machine over the same time, so
 * that all see the same load. CPU is utime + stime of the whole process tree, in percent of one core; memory is RssAnon.
 *
 *   npm run bench -- agent [--seconds 60]
 */
import { parseArgs } from "node:util";
import { openPage } from "./support/page.ts";
import { processCost } from "./support/process-cost.ts";
import { report, round } from "./support/report.ts";
import { installed, type Running, startChainPulse, startPeer } from "./support/running.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" } } });
const windowMs = Number(values.seconds) * 1000;
/** Start-up is not what this measures: what runs for months has its code compiled in the first minute. */
const warmUpMs = 60_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Figures {
  readonly cpuPercent: number;
  readonly rssAnonMb: number;
  readonly rssMb: number;
  readonly processes: number;
}

async function measure(programs: Readonly<Record<string, Running | null>>): Promise<Record<string, Figures | null>> {
  const cost = (): Record<string, ReturnType<typeof processCost> | null> =>
    Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, program && processCost(program.pid)]));
  const before = cost();
  const startedMs = performance.now();
  await sleep(windowMs);
  const after = cost();
  const seconds = (performance.now() - startedMs) / 1000;
  return Object.fromEntries(
    Object.entries(after).map(([name, end]) => {
      const begin = before[name];
      if (end === null || begin === null || begin === undefined) return [name, null];
      return [
        name,
        {
          cpuPercent: round((100 * (end.cpuSeconds - begin.cpuSeconds)) / seconds),
          rssAnonMb: round(end.rssAnonBytes / 1e6),
          rssMb: round(end.rssBytes / 1e6),
          processes: end.processes,
        },
      ];
    }),
  );
}

const exporterPath = installed("prometheus-node-exporter");
const netdataPath = installed("netdata");

await using parts = new AsyncDisposableStack();
const chainpulse = parts.use(await startChainPulse());
const exporter =
  exporterPath === null
    ? null
    : parts.use(await startPeer(exporterPath, (port) => [`--web.listen-address=127.0.0.1:${port}`], "/metrics"));
const netdata =
  netdataPath === null
    ? null
    : parts.use(
        await startPeer(
          netdataPath,
          (port) => ["-D", "-p", String(port), "-W", "set", "web", "bind to", "127.0.0.1"],
          "/api/v1/info",
        ),
      );
const scrape =
  exporter && setInterval(() => void fetch(`${exporter.url}/metrics`).then((answer) => answer.arrayBuffer()), 1000);
parts.defer(() => clearInterval(scrape ?? undefined));

const programs = { chainpulse, nodeExporter: exporter, netdata };
console.error(`warming up for ${warmUpMs / 1000} s …`);
await sleep(warmUpMs);
console.error(`no page open, ${windowMs / 1000} s …`);
const closed = await measure(programs);
const status = (await (await fetch(`${chainpulse.url}/api/v1/performance/status`)).json()) as { collect: { series: number } };
console.error(`page open, ${windowMs / 1000} s …`);
const page = parts.use(await openPage(`${chainpulse.url}/`));
await page.firstChart;
await sleep(3000);
const open = await measure({ chainpulse });

const ratio = (peer: Figures | null | undefined, field: keyof Figures): number | null =>
  peer && closed["chainpulse"] ? round(closed["chainpulse"][field] / peer[field]) : null;
report("agent", {
  windowSeconds: windowMs / 1000,
  series: status.collect.series,
  closed,
  pageOpen: open["chainpulse"],
  ratios: {
    cpuToNodeExporter: ratio(closed["nodeExporter"], "cpuPercent"),
    cpuToNetdata: ratio(closed["netdata"], "cpuPercent"),
    rssAnonToNetdata: ratio(closed["netdata"], "rssAnonMb"),
  },
  missingPeers: [exporter ? "" : "prometheus-node-exporter is not installed", netdata ? "" : "netdata is not installed"].filter(
    Boolean,
  ),
});
