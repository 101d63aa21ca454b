/** Charts of the client's database and caches. */
import type { PanelSection } from "../../../core/panel.ts";
import { select } from "../../../core/promql-text.ts";
import { databaseMetrics as d } from "../database/metrics.ts";
import { perMinute } from "../expressions/client.ts";
import { cacheHits, cacheLabel, databaseGrowthPerDay, databaseRunway } from "../expressions/disk.ts";
import { client, clientAnd } from "./legend.ts";

export const databasePanels: PanelSection = {
  id: "chain-database",
  title: "Database and caches",
  panels: [
    {
      id: "chain_database_size",
      title: "Database size",
      help: "On the disk, by part.",
      unit: "bytes",
      form: "stacked",
      queries: [{ expr: select(d.size), legend: clientAnd(d.size, "database.part") }],
      metrics: [d.size.name],
    },
    {
      id: "chain_database_io",
      title: "Database traffic",
      help: "Bytes that the database read (above) and wrote (below), as the client counts them.",
      unit: "bytes/s",
      queries: [
        { expr: perMinute(d.io, { "io.direction": "read" }), legend: `${client} read` },
        { expr: perMinute(d.io, { "io.direction": "write" }), legend: `${client} written`, mirrored: true },
      ],
      metrics: [d.io.name],
    },
    {
      id: "chain_database_growth",
      title: "Database growth",
      help: "Bytes a day, as in the last six hours.",
      unit: "bytes",
      queries: [{ expr: databaseGrowthPerDay, legend: client }],
      metrics: [d.size.name],
    },
    {
      id: "chain_database_runway",
      title: "Room for the database",
      help: "Days for which it can grow like that, at most: the file system with most free space is taken for its own.",
      unit: "count",
      queries: [{ expr: databaseRunway, legend: client }],
      metrics: [d.size.name],
    },
    {
      id: "chain_compaction",
      title: "Compaction",
      help: "Share of time that the database spends on compaction. Blocks wait for it when it is always busy.",
      unit: "ratio",
      queries: [{ expr: perMinute(d.compactionTime), legend: client }],
      metrics: [d.compactionTime.name],
    },
    {
      id: "chain_index_lag",
      title: "Indexes behind",
      help: "Blocks that are not yet in an index: who asks for what it knows gets an old answer.",
      unit: "count",
      queries: [{ expr: select(d.indexLag), legend: clientAnd(d.indexLag, "index.name") }],
      metrics: [d.indexLag.name],
    },
    {
      id: "chain_cache",
      title: "Cache hits",
      help: "Share of lookups that found what they looked for; each other one is a read of the database.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: cacheHits, legend: `${client} {{${cacheLabel}}}` }],
      metrics: [d.cache.name],
    },
  ],
};
