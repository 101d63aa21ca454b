/** Two ticks into memory: what can be read on this machine, and what cannot. For `doctor`, which must work without a store. */
import { systemClock } from "../core/clock.ts";
import type { ReportedAbsence } from "../core/absence.ts";
import type { Config } from "../core/config.ts";
import type { Domain } from "../core/domain.ts";
import type { Logger } from "../core/logger.ts";
import type { CollectorStatus } from "./api.ts";
import { Scheduler } from "./scheduler.ts";

export interface ProbeResult {
  readonly collectors: readonly CollectorStatus[];
  readonly absences: readonly ReportedAbsence[];
  /** Distinct series that were seen. */
  readonly series: number;
}

/** Time between the two ticks, and what collectors that answer later get to come back. */
const pauseMs = 1200;

export async function probe(options: {
  readonly domains: readonly Domain[];
  readonly config: Config;
  readonly logger: Logger;
}): Promise<ProbeResult> {
  let refs = 0;
  const scheduler = new Scheduler({
    ...options,
    observed: [],
    node: "probe",
    writer: {
      resolve: () => refs++,
      release: () => undefined,
      rewind: () => undefined,
      commit: () => undefined,
      annotate: () => undefined,
      stats: () => ({
        series: refs,
        headSamples: 0,
        bytes: 0,
        oldestMs: null,
        newestMs: null,
        partitions: 0,
        maxBytes: 1e9,
        fullAtMs: null,
        tiers: [],
        samplesCommitted: 0,
        samplesRefused: 0,
        syncFailures: 0,
        state: "ok",
        quarantined: [],
      }),
    },
    clock: systemClock,
    platform: process.platform,
    threads: () => [],
    rules: () => [],
    intake: () => ({ doors: [], inFlightBytes: 0, seriesHeld: 0, besideBytes: [], besideFailed: 0 }),
    forward: () => null,
    agents: () => [],
    onTick: () => undefined,
  });
  await scheduler.open();
  scheduler.tick(systemClock.nowMs());
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  scheduler.tick(systemClock.nowMs());
  await scheduler.stop();
  return {
    collectors: scheduler.runs.map((run) => run.status()),
    absences: scheduler.absences.list(),
    series: scheduler.series,
  };
}
