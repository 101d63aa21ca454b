/** PromQL about the space that a client's database takes, and how long there will be any. */
import { labelOf, select } from "../../../core/promql-text.ts";
import { clientMetrics } from "../client/metrics.ts";
import { databaseMetrics as d } from "../database/metrics.ts";
import { machineMetrics } from "../machine/metrics.ts";
import { perClient } from "./client.ts";

const day = 86_400;

export const databaseSize = perClient("sum", select(d.size));

/** Bytes a second, over six hours, of what is known for one hour at least: minutes of a compaction, or of a start, say nothing. */
function growth(space: string): string {
  return `(deriv(${space}[6h]) and ${space} offset 1h)`;
}

const databaseGrowth = perClient("sum", growth(select(d.size)));

export const databaseGrowthPerDay = `${databaseGrowth} * ${day}`;

const device = labelOf(machineMetrics.diskSpace, "system.device");
export const mountpoint = labelOf(machineMetrics.diskSpace, "system.filesystem.mountpoint");

const free = select(machineMetrics.diskSpace, { "system.filesystem.state": "free" });
const used = select(machineMetrics.diskSpace, { "system.filesystem.state": "used" });
const sameMount = `on (${device}, ${mountpoint})`;
const writable = `${sameMount} ${select(machineMetrics.diskReadonly)} == 0`;

/**
 * Days for which the database can grow as in the last six hours. On which file system it lies a client does not tell: on the one with most
 * space, so that the figure is an upper limit, and a warning is true wherever it lies.
 */
export const databaseRunway = `max(${free} and ${writable}) / on () group_right () (${databaseGrowth} > 0) / ${day}`;

/** Days until a file system of a machine with a client is full, if it fills as in the last six hours; of those above 60 %, as the host's alert. */
export const diskRunway = `(${free} / -(${growth(free)} < 0) / ${day} and ${sameMount} ${used} > ${sameMount} 1.5 * ${free} and ${writable} and on () count(${select(clientMetrics.up)}))`;

export const cacheLabel = labelOf(d.cache, "cache");

/** Lookups that found what they looked for, by cache. */
export const cacheHits = `${lookups({ "cache.result": "hit" })} / (${lookups()} > 0)`;

function lookups(matchers?: { readonly "cache.result": "hit" }): string {
  return `sum without (${labelOf(d.cache, "cache.result")}) (rate(${select(d.cache, matchers)}[5m]))`;
}
