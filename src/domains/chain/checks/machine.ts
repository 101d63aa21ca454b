/** Health of the machine as its role on a chain needs it: room for the database, and a clock that is right. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { select } from "../../../core/promql-text.ts";
import { clientMetrics } from "../client/metrics.ts";
import { databaseMetrics } from "../database/metrics.ts";
import { databaseRunway, diskRunway, mountpoint } from "../expressions/disk.ts";
import { machineMetrics as h } from "../machine/metrics.ts";
import { client } from "./client-name.ts";

const minuteMs = 60_000;

export const machineChecks: readonly CheckDeclaration[] = [
  {
    id: "chain.database_runway",
    title: "Room for the database",
    help: "Days for which the database can grow as in the last six hours, at most: the file system with most free space is taken for its own. Limits (ChainPulse's own): two weeks to order a disk, three days to prune.",
    expr: databaseRunway,
    direction: "below",
    warning: 14,
    critical: 3,
    intervalMs: 60_000,
    unit: "count",
    message: `The database of ${client} has room for {{$value}} days at most, if it goes on growing as in the last six hours.`,
    ok: `The database of ${client} has room for {{$value}} days at most.`,
    action: "Prune it, move it to a larger disk, or lower what the client keeps. While it syncs it grows faster than later.",
    metrics: [databaseMetrics.size.name],
  },
  {
    id: "chain.disk_runway",
    title: "Disks fill slowly",
    help: "Days until a file system of this machine is full, if it fills as in the last six hours. A client that cannot write its database stops, some with damage. Limits (ChainPulse's own): a week, and two days.",
    expr: diskRunway,
    direction: "below",
    warning: 7,
    critical: 2,
    forMs: 30 * minuteMs,
    intervalMs: 60_000,
    unit: "count",
    message: `{{${mountpoint}}} will be full in {{$value}} days, if it goes on filling as in the last six hours.`,
    ok: `{{${mountpoint}}} fills fastest: it would be full in {{$value}} days.`,
    action: "See whether the database or something else grows; prune, move it away, or grow the volume.",
    metrics: [clientMetrics.up.name],
  },
  {
    id: "chain.validator_clock",
    title: "Validator's clock",
    help: "Peers drop messages that are more than 500 ms early (MAXIMUM_GOSSIP_CLOCK_DISPARITY in the consensus specification); a fifth of it is a warning.",
    // Nobody measures the offset of a clock that nothing synchronises: the kernel says 0.
    expr: `abs(${select(h.clockOffset)}) and on () ${select(h.clockSynchronised)} == 1 and on () ${select(clientMetrics.info, { "chain.client.role": "validator" })}`,
    direction: "above",
    warning: 0.1,
    critical: 0.5,
    forMs: minuteMs,
    unit: "seconds",
    message: "The clock of this validator is {{$value}} off since {{$since}}.",
    ok: "The clock of this validator is {{$value}} off.",
    action: "See the time servers' reachability and distance in `chronyc sources`.",
    metrics: [clientMetrics.info.name],
  },
];
