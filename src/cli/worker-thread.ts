/** The parts of the program that run in worker threads, by the thread's name. */
import type { MessagePort } from "node:worker_threads";
import type { DomainRules } from "../analyse/rules/built-in-rules.ts";
import type { GroupDefinition } from "../analyse/rules/rule-definition.ts";
import { systemClock } from "../core/clock.ts";
import type { ReportedAbsence } from "../core/absence.ts";
import type { CheckDeclaration } from "../core/check.ts";
import type { Config } from "../core/config.ts";
import type { Domain } from "../core/domain.ts";
import type { LogLevel } from "../core/logger.ts";
import type { RuleSampleSink } from "../core/rule-samples.ts";
import { createPortLogger } from "../io/logger-port.ts";
import { connectCalls, serveCalls } from "../io/rpc.ts";
import { publishThread, type ThreadTable } from "../io/thread-stats.ts";
import type { AliasRule } from "../query/aliases/alias-rules.ts";

/** What a worker thread is started with. */
export interface ThreadData {
  readonly config: Config;
  readonly node: string;
  readonly dataDir: string;
  readonly threads: ThreadTable;
  readonly level: LogLevel;
  /** Only what the thread needs of the domains where that is data: loading them all costs 3 MB. */
  readonly checks: readonly CheckDeclaration[];
  readonly aliases: readonly AliasRule[];
  readonly builtInRules: readonly DomainRules[];
  readonly ruleGroups: readonly GroupDefinition[];
}

/** What the main thread answers to the others. */
export interface MainApi extends RuleSampleSink {
  absences(): Promise<readonly ReportedAbsence[]>;
}

export async function runThread(
  data: ThreadData & { readonly thread: "data" | "query" | "analyse" },
  port: MessagePort,
  loadDomains: () => Promise<readonly Domain[]>,
): Promise<void> {
  const options = { ...data, port, logger: createPortLogger({ port, level: data.level, clock: systemClock }) };
  switch (data.thread) {
    case "data": {
      const { runDataThread } = await import("../collect/data-thread.ts");
      return runDataThread({ ...options, domains: await loadDomains() });
    }
    case "query": {
      const [{ openReader }, { withAliases }, { createQueryService }] = await Promise.all([
        import("../store/reader.ts"),
        import("../query/aliases/aliased-reader.ts"),
        import("../query/service.ts"),
      ]);
      publishThread(data.threads, "query");
      const { experimental_functions: experimentalFunctions } = data.config.query;
      return serveCalls(port, createQueryService(withAliases(openReader(options), data.aliases), { experimentalFunctions }));
    }
    case "analyse": {
      const { runAnalyseThread } = await import("../analyse/analyse-thread.ts");
      const main = connectCalls<MainApi>(port, { name: "main", timeoutMs: 10_000 });
      return runAnalyseThread({ ...options, absences: () => main.absences(), ruleSamples: main });
    }
  }
}
