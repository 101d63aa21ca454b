/** The client's database and caches. */
import { defineMetrics } from "../../../core/metric.ts";
import { perClient } from "../labels.ts";

export const databaseMetrics = defineMetrics({
  size: {
    name: "chainpulse.chain.database.size",
    kind: "gauge",
    unit: "By",
    help: "Bytes that the client's database takes on the disk, by part.",
    labels: { ...perClient, "database.part": null },
    rollup: "last",
  },
  io: {
    name: "chainpulse.chain.database.io",
    kind: "counter",
    unit: "By",
    help: "Bytes that the database has read and written.",
    labels: { ...perClient, "io.direction": ["read", "write"] },
  },
  compactionTime: {
    name: "chainpulse.chain.database.compaction.time",
    kind: "counter",
    unit: "s",
    help: "Time that the database has spent on compaction.",
    labels: perClient,
  },
  indexLag: {
    name: "chainpulse.chain.index.lag",
    kind: "gauge",
    unit: "{block}",
    help: "Blocks of the client's chain that are not yet in the index; who asks for what an index knows gets no answer, or an old one.",
    labels: { ...perClient, "index.name": null },
    rollup: "max",
  },
  cache: {
    name: "chainpulse.chain.cache.lookups",
    kind: "counter",
    unit: "{lookup}",
    help: "Lookups in the client's caches.",
    labels: { ...perClient, cache: null, "cache.result": ["hit", "miss"] },
  },
});
