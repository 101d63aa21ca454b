/** The analyse thread: reads like the query thread, but no user's query can keep it from its checks. */
import type { MessagePort } from "node:worker_threads";
import type { ReportedAbsence } from "../core/absence.ts";
import { systemClock } from "../core/clock.ts";
import type { CheckDeclaration } from "../core/check.ts";
import type { Config } from "../core/config.ts";
import type { Logger } from "../core/logger.ts";
import { serveCalls } from "../io/rpc.ts";
import { publishThread, type ThreadTable } from "../io/thread-stats.ts";
import { sendEvent } from "../io/worker-thread.ts";
import { createQueryService } from "../query/service.ts";
import { openCheckHistory } from "../store/state/check-history.ts";
import { openReader } from "../store/reader.ts";
import type { AnalyseApi } from "./api.ts";
import { findingsOf } from "./check-findings.ts";
import { CheckRunner } from "./check-runner.ts";

/** How often the thread looks for checks that are due; the first look waits for the first samples. */
const lookMs = 2000;
const historyDaysMs = 90 * 86_400_000;

export interface AnalyseThreadOptions {
  readonly checks: readonly CheckDeclaration[];
  readonly config: Config;
  readonly node: string;
  readonly dataDir: string;
  readonly threads: ThreadTable;
  readonly logger: Logger;
  readonly port: MessagePort;
  /** What cannot be read, from the thread that reads. */
  readonly absences: () => Promise<readonly ReportedAbsence[]>;
}

export function runAnalyseThread(options: AnalyseThreadOptions): void {
  const { dataDir, logger, port } = options;
  publishThread(options.threads, "analyse");
  const reader = openReader({ dataDir, logger });
  const history = openCheckHistory(dataDir);
  history.prune(systemClock.nowMs() - historyDaysMs);
  const { checks } = options;
  const byId = new Map(checks.map((check) => [check.id, check]));
  const runner = new CheckRunner({
    checks,
    node: options.node,
    samplingIntervalMs: options.config.sampling_interval_ms,
    query: createQueryService(reader),
    absences: options.absences,
    startedMs: systemClock.nowMs(),
    onChange: (changes) => {
      history.add(changes);
      sendEvent(port, "checks", runner.results());
    },
  });

  // The thread is ended from outside: SQLite's log makes an end at any point whole again.
  setInterval(() => {
    void runner.run(systemClock.nowMs()).catch((error: unknown) => logger.error("checks could not run", { error }));
  }, lookMs);

  serveCalls(port, {
    checks: () => runner.results(),
    checkHistory: (id, limit) => history.list(id, limit),
    findings: (limit) => findingsOf(history.list(null, limit * 2), byId).slice(0, limit),
  } satisfies AnalyseApi);
}
