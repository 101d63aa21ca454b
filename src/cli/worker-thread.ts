/** The parts of the program that run in worker threads, by the thread's name. */
import type { MessagePort } from "node:worker_threads";
import type { DomainRules } from "../analyse/rules/built-in-rules.ts";
import type { GroupDefinition } from "../analyse/rules/rule-definition.ts";
import { systemClock } from "../core/clock.ts";
import type { ReportedAbsence } from "../core/absence.ts";
import type { CheckDeclaration } from "../core/check.ts";
import type { Config } from "../core/config.ts";
import { engineOf } from "../core/engine-of.ts";
import type { Domain } from "../core/domain.ts";
import type { LogLevel } from "../core/logger.ts";
import type { Metric } from "../core/metric.ts";
import type { ObserverDeclaration } from "../core/observer.ts";
import type { RuleSampleSink } from "../core/rule-samples.ts";
import type { ThreadName } from "../core/runtime.ts";
import { createPortLogger } from "../io/logger-port.ts";
import { connectCalls, serveCalls } from "../io/rpc.ts";
import { publishThread, type ThreadTable } from "../io/thread-stats.ts";
import type { IntakeTable } from "../collect/intake/intake-table.ts";
import type { ForwardHost } from "../collect/forward/api.ts";
import type { AppendCount } from "../store/outbox/appended.ts";
import type { ShownTime } from "../store/remote/shown-time.ts";
import type { AliasRule } from "../query/aliases/alias-rules.ts";
import type { LaterApi, QueryApi } from "../query/api.ts";
import type { TelemetryApi } from "../query/telemetry/api.ts";

/** What a worker thread is started with. */
export interface ThreadData {
  readonly config: Config;
  readonly node: string;
  readonly dataDir: string;
  readonly threads: ThreadTable;
  readonly intake: IntakeTable;
  readonly appended: AppendCount;
  readonly shown: ShownTime;
  readonly level: LogLevel;
  /** Only what the thread needs of the domains where that is data: loading them all costs 3 MB. */
  readonly checks: readonly CheckDeclaration[];
  readonly aliases: readonly AliasRule[];
  readonly builtInRules: readonly DomainRules[];
  readonly everyNode: boolean;
  readonly ruleGroups: readonly GroupDefinition[];
  readonly metrics: readonly Metric[];
  readonly eventKinds: readonly string[];
  /** Of the intake thread, to the data thread. */
  readonly dataPort: MessagePort | null;
}

/** What the main thread answers to the others. */
export interface MainApi extends RuleSampleSink, ForwardHost {
  absences(): Promise<readonly ReportedAbsence[]>;
}

/** What only the program's entry knows. */
export interface Loaders {
  readonly loadDomains: () => Promise<readonly Domain[]>;
  readonly loadObservers: () => Promise<readonly ObserverDeclaration[]>;
}

export async function runThread(
  data: ThreadData & { readonly thread: Exclude<ThreadName, "main"> },
  port: MessagePort,
  { loadDomains, loadObservers }: Loaders,
): Promise<void> {
  const options = { ...data, port, logger: createPortLogger({ port, level: data.level, clock: systemClock }) };
  switch (data.thread) {
    case "data": {
      const { runDataThread } = await import("../collect/data-thread.ts");
      return runDataThread({ ...options, domains: await loadDomains() });
    }
    case "query": {
      const [{ openReader }, { withAliases }, { createQueryService }, { openTelemetryReader }, { createTelemetryService }] =
        await Promise.all([
          import("../store/reader.ts"),
          import("../query/aliases/aliased-reader.ts"),
          import("../query/service.ts"),
          import("../store/beside/telemetry-reader.ts"),
          import("../query/telemetry/service.ts"),
        ]);
      publishThread(data.threads, "query");
      const telemetry = createTelemetryService({ open: () => openTelemetryReader(options) });
      const engine = await openEngine(data);
      if (engine !== null) return serveCalls(port, { ...engine, ...telemetry } satisfies LaterApi<QueryApi> & TelemetryApi);
      const { experimental_functions: experimentalFunctions } = data.config.query;
      return serveCalls(port, {
        ...createQueryService(withAliases(openReader(options), data.aliases), { experimentalFunctions }),
        ...telemetry,
      } satisfies QueryApi & TelemetryApi);
    }
    case "analyse": {
      const { runAnalyseThread } = await import("../analyse/analyse-thread.ts");
      const main = connectCalls<MainApi>(port, { name: "main", timeoutMs: 10_000 });
      const engine = await openEngine(data);
      return runAnalyseThread({ ...options, engine, absences: () => main.absences(), ruleSamples: main });
    }
    case "intake": {
      const { dataPort } = data;
      if (dataPort === null) throw new Error("an intake thread needs its port to the data thread");
      const { runIntakeThread } = await import("../collect/intake/intake-thread.ts");
      return runIntakeThread({ ...options, dataPort, loadObservers });
    }
    case "forward": {
      const { runForwardThread } = await import("../collect/forward/forward-thread.ts");
      const host = connectCalls<ForwardHost>(port, { name: "main", timeoutMs: 10_000 });
      return runForwardThread({ ...options, host });
    }
  }
}

/** What asks the engine that keeps the samples; `null` where they are in the data directory. */
async function openEngine({ config, dataDir, shown }: ThreadData): Promise<LaterApi<QueryApi> | null> {
  const engine = engineOf(config);
  if (engine === null) return null;
  const { openPushdown } = await import("../query/pushdown/open-pushdown.ts");
  return openPushdown({ engine, dataDir, shown });
}
