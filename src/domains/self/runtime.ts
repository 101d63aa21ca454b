/** ChainPulse's own threads, ticks, collectors and store. The figures are kept by the stages; this turns them into samples. */
import type { CollectContext, CollectorDeclaration } from "../../core/collector.ts";
import type { StoreStats, TierStepMs } from "../../core/storage.ts";
import { version } from "../../core/version.ts";
import { createWrite, type Write } from "./create-write.ts";
import { selfMetrics as m } from "./metrics.ts";

const tierNames = { 60_000: "1m", 3_600_000: "1h" } as const satisfies Readonly<Record<TierStepMs, string>>;
/** Own figures move slowly, and every run costs a read of the store's directory. */
const intervalMs = 5000;

export const runtimeCollector: CollectorDeclaration = {
  id: "self.runtime",
  title: "ChainPulse's own threads, ticks, collectors and store",
  metrics: Object.values(m).filter((metric) => metric !== m.residentMemory),
  intervalMs,
  open(context) {
    const write = createWrite(context);
    const { runtime } = context;
    return {
      collect() {
        writeThreads(write, runtime.threads());
        for (const facts of runtime.collectors()) {
          const labels = { collector: facts.id };
          if (facts.durationSeconds !== null) write(m.collectorDuration, labels, facts.durationSeconds);
          if (facts.runs > 0) write(m.collectorSuccess, labels, facts.succeeded ? 1 : 0);
          write(m.collectorFailures, labels, facts.failures);
          write(m.collectorSeries, labels, facts.series);
        }
        const tick = runtime.tick();
        write(m.tickLateness, {}, tick.latenessSeconds);
        write(m.tickDuration, {}, tick.durationSeconds);
        write(m.ticks, {}, tick.ticks);
        write(m.ticksMissed, {}, tick.missed);
        write(m.storeSeriesRefused, {}, tick.samplesRefused);
        writeStore(write, runtime.store());
        writeRules(write, runtime.rules());
      },
    };
  },
};

function writeStore(write: Write, store: StoreStats): void {
  write(m.storeSeries, {}, store.series);
  write(m.storeSize, {}, store.bytes);
  write(m.storeBudget, {}, store.maxBytes);
  write(m.storeSamples, {}, store.samplesCommitted);
  write(m.storeSamplesRefused, {}, store.samplesRefused);
  write(m.storeSyncFailures, {}, store.syncFailures);
  write(m.storeHeadSamples, {}, store.headSamples);
  if (store.oldestMs !== null) write(m.storeOldest, {}, store.oldestMs / 1000);
  if (store.newestMs !== null) write(m.storeNewest, {}, store.newestMs / 1000);
  if (store.fullAtMs !== null) write(m.storeFull, {}, store.fullAtMs / 1000);
  for (const { stepMs, bytes, builtToMs } of store.tiers) {
    const tier = tierNames[stepMs];
    write(m.storeTierSize, { tier }, bytes);
    if (builtToMs !== null) write(m.storeTierBuilt, { tier }, builtToMs / 1000);
  }
  write(m.storeQuarantined, {}, store.quarantined.length);
}

function writeRules(write: Write, groups: ReturnType<CollectContext["runtime"]["rules"]>): void {
  for (const group of groups) {
    const labels = { "rule.file": group.file, "rule.group": group.group };
    write(m.ruleEvaluations, labels, group.evaluations);
    write(m.ruleFailures, labels, group.failures);
    write(m.ruleMissed, labels, group.missed);
    write(m.ruleDuration, labels, group.lastDurationSeconds);
    if (group.lastEvaluationSeconds !== null) write(m.ruleLast, labels, group.lastEvaluationSeconds);
  }
}

function writeThreads(write: Write, threads: ReturnType<CollectContext["runtime"]["threads"]>): void {
  for (const facts of threads) {
    const { thread } = facts;
    write(m.threadCpuTime, { thread, "cpu.mode": "user" }, facts.cpuUserSeconds);
    write(m.threadCpuTime, { thread, "cpu.mode": "system" }, facts.cpuSystemSeconds);
    write(m.loopActiveTime, { thread }, facts.loopActiveSeconds);
    write(m.heapUsed, { thread }, facts.heapUsedBytes);
    write(m.heapTotal, { thread }, facts.heapTotalBytes);
    write(m.external, { thread }, facts.externalBytes);
    write(m.gcRuns, { thread }, facts.gcRuns);
    write(m.gcTime, { thread }, facts.gcSeconds);
  }
  const cpu = process.cpuUsage();
  write(m.processCpuTime, { "cpu.mode": "user" }, cpu.user / 1e6);
  write(m.processCpuTime, { "cpu.mode": "system" }, cpu.system / 1e6);
  write(m.buildInfo, { version, "node.version": process.version }, 1);
}
