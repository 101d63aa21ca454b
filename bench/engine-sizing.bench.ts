/**
 * What an engine needs for 1 to 10,000 nodes, computed from what was measured here: samples of a node per second, bytes and CPU time per
 * sample of the engines (bench/results/store.json, the hour that ChainPulse took itself). One node and one engine were measured; more is
 * multiplied, and so is said. With --markdown: the table of docs/engines.md.
 *
 *   npm run bench -- engine-sizing [--markdown]
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { report, round } from "./support/report.ts";

const { values: options } = parseArgs({ options: { markdown: { type: "boolean", default: false } } });

const hourSeconds = 3600;
const daySeconds = 86_400;
const nodeCounts = [1, 10, 100, 1000, 10_000] as const;
/** What a machine of the engine is taken to be: 8 cores, of which half take samples in and half answer queries. */
const ingestCores = 4;
/** Copies that a cluster keeps; a single machine keeps one. */
const copies = 2;

const results = z
  .object({
    date: z.string(),
    ownHour: z.object({
      samples: z.number(),
      victoriaMetrics: z.object({ bytesPerSampleWithoutCaches: z.number(), ingestSamplesPerCpuSecond: z.number() }),
      prometheus: z.object({ blockBytesPerSample: z.number(), ingestSamplesPerCpuSecond: z.number() }),
    }),
  })
  .parse(JSON.parse(readFileSync(new URL("results/store.json", import.meta.url), "utf8")));

interface Need {
  readonly gigabytesPerDay: number;
  readonly cores: number;
  readonly machines: number;
}

const { ownHour } = results;
const samplesPerNodeSecond = ownHour.samples / hourSeconds;
const engines = {
  victoriaMetrics: {
    bytesPerSample: ownHour.victoriaMetrics.bytesPerSampleWithoutCaches,
    samplesPerCpuSecond: ownHour.victoriaMetrics.ingestSamplesPerCpuSecond,
  },
  prometheus: {
    bytesPerSample: ownHour.prometheus.blockBytesPerSample,
    samplesPerCpuSecond: ownHour.prometheus.ingestSamplesPerCpuSecond,
  },
} as const;

function needOf(samplesPerSecond: number, engine: (typeof engines)[keyof typeof engines]): Need {
  const cores = samplesPerSecond / engine.samplesPerCpuSecond;
  const isCluster = cores > ingestCores;
  const kept = isCluster ? copies : 1;
  return {
    gigabytesPerDay: round((samplesPerSecond * daySeconds * engine.bytesPerSample * kept) / 1e9),
    cores: round(cores * kept),
    machines: Math.ceil((cores * kept) / ingestCores),
  };
}

const rows = nodeCounts.map((nodes) => {
  const samplesPerSecond = Math.round(nodes * samplesPerNodeSecond);
  return {
    nodes,
    isExtrapolated: nodes > 1,
    samplesPerSecond,
    victoriaMetrics: needOf(samplesPerSecond, engines.victoriaMetrics),
    prometheus: needOf(samplesPerSecond, engines.prometheus),
  };
});

if (options.markdown) {
  const number = (value: number): string => value.toLocaleString("en-GB");
  const need = ({ gigabytesPerDay, cores, machines }: Need): string =>
    `${number(gigabytesPerDay)} | ${number(cores)} | ${number(machines)}`;
  const lines = [
    "| nodes | samples/s | VictoriaMetrics: GB/day | cores to take in | machines | Prometheus: GB/day | cores to take in | machines |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows.map(
      (row) =>
        `| ${number(row.nodes)} | ${number(row.samplesPerSecond)} | ${need(row.victoriaMetrics)} | ${need(row.prometheus)} |`,
    ),
  ];
  console.log(lines.join("\n"));
} else {
  report("engine-sizing", {
    measured: { date: results.date, samplesPerNodeSecond: round(samplesPerNodeSecond), ...engines },
    assumed: { ingestCoresPerMachine: ingestCores, copiesInACluster: copies },
    rows,
  });
}
