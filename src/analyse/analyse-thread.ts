/** The analyse thread: reads like the query thread, but no user's query can keep it from its checks. */
import type { MessagePort } from "node:worker_threads";
import type { ReportedAbsence } from "../core/absence.ts";
import { systemClock } from "../core/clock.ts";
import type { CheckDeclaration } from "../core/check.ts";
import type { Config } from "../core/config.ts";
import type { Logger } from "../core/logger.ts";
import type { RuleSampleSink } from "../core/rule-samples.ts";
import { serveCalls } from "../io/rpc.ts";
import { publishThread, type ThreadTable } from "../io/thread-stats.ts";
import { sendEvent } from "../io/worker-thread.ts";
import { withAliases } from "../query/aliases/aliased-reader.ts";
import type { AliasRule } from "../query/aliases/alias-rules.ts";
import type { LaterApi, QueryApi } from "../query/api.ts";
import { createQueryService } from "../query/service.ts";
import { openCheckHistory } from "../store/state/check-history.ts";
import { openReader } from "../store/reader.ts";
import { alertFindings } from "./alert-findings.ts";
import type { AnalyseApi } from "./api.ts";
import { findingsOf } from "./check-findings.ts";
import { CheckRunner } from "./check-runner.ts";
import type { DomainRules } from "./rules/built-in-rules.ts";
import { matchingRules } from "./rules/matching-rules.ts";
import { engineSource, localSource, type RuleSource } from "./rules/node-storage.ts";
import type { GroupDefinition } from "./rules/rule-definition.ts";
import { startRules } from "./rules/rule-service.ts";

/** How often the thread looks for checks that are due; the first look waits for the first samples. */
const lookMs = 2000;
const historyDaysMs = 90 * 86_400_000;

export interface AnalyseThreadOptions {
  readonly checks: readonly CheckDeclaration[];
  readonly aliases: readonly AliasRule[];
  readonly config: Config;
  readonly node: string;
  readonly dataDir: string;
  /** The engine that keeps the samples; `null`: they are in the data directory. */
  readonly engine: LaterApi<QueryApi> | null;
  readonly threads: ThreadTable;
  readonly logger: Logger;
  readonly port: MessagePort;
  /** What cannot be read, from the thread that reads. */
  readonly absences: () => Promise<readonly ReportedAbsence[]>;
  /** Of the configuration's rule files. */
  readonly ruleGroups: readonly GroupDefinition[];
  readonly builtInRules: readonly DomainRules[];
  /** Those look at all nodes whose samples are here. */
  readonly everyNode: boolean;
  /** Where results of rules are stored. */
  readonly ruleSamples: RuleSampleSink;
}

export function runAnalyseThread(options: AnalyseThreadOptions): void {
  const { dataDir, logger, port } = options;
  publishThread(options.threads, "analyse");
  const { query, source } = openSource(options);
  const history = openCheckHistory(dataDir);
  history.prune(systemClock.nowMs() - historyDaysMs);
  const { checks } = options;
  const byId = new Map(checks.map((check) => [check.id, check]));
  const runner = new CheckRunner({
    checks,
    node: options.node,
    samplingIntervalMs: options.config.sampling_interval_ms,
    query,
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

  const rules = startRules({
    ...options,
    groups: options.ruleGroups,
    builtIn: options.builtInRules,
    source,
    sink: options.ruleSamples,
    clock: systemClock,
  });

  serveCalls(port, {
    checks: () => runner.results(),
    checkHistory: (id, limit) => history.list(id, limit),
    findings: (limit) =>
      [...alertFindings(rules.manager.running, options.node), ...findingsOf(history.list(null, limit * 2), byId)]
        .sort((a, b) => b.startMs - a.startMs)
        .slice(0, limit),
    ruleGroups: (matchers = []) => matchingRules(rules.manager.groups(), matchers),
    alerts: () => rules.manager.alerts(),
    reconfigure: (config, groups) => rules.reconfigure(config, groups),
  } satisfies AnalyseApi);
}

/** What checks and rules ask: the store in the data directory, or the engine that keeps the samples. */
function openSource(options: AnalyseThreadOptions): {
  readonly query: Pick<LaterApi<QueryApi>, "batch">;
  readonly source: RuleSource;
} {
  const { config, dataDir, engine, logger } = options;
  if (engine !== null) return { query: engine, source: engineSource(engine) };
  const reader = withAliases(openReader({ dataDir, logger }), options.aliases);
  return { query: createQueryService(reader), source: localSource(reader, config.query.experimental_functions) };
}
