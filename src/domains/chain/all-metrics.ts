/** All metrics of the domain. */
import type { Metric } from "../../core/metric.ts";
import { blockMetrics } from "./blocks/metrics.ts";
import { clientMetrics } from "./client/metrics.ts";
import { consensusMetrics } from "./consensus/metrics.ts";
import { contractMetrics } from "./contracts/metrics.ts";
import { databaseMetrics } from "./database/metrics.ts";
import { flowMetrics } from "./flow/metrics.ts";
import { mempoolMetrics } from "./mempool/metrics.ts";
import { peerMetrics } from "./peers/metrics.ts";
import { chainRuntimeMetrics } from "./runtime/metrics.ts";

const areas: readonly Readonly<Record<string, Metric>>[] = [
  clientMetrics,
  blockMetrics,
  mempoolMetrics,
  flowMetrics,
  peerMetrics,
  consensusMetrics,
  contractMetrics,
  databaseMetrics,
  chainRuntimeMetrics,
];

/** By their names: areas may call different metrics alike. */
export const chainMetrics: Readonly<Record<string, Metric>> = Object.fromEntries(
  areas.flatMap((area) => Object.values(area)).map((metric) => [metric.name, metric]),
);
