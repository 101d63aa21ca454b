/**
 * The composition of a running node: its threads and its server, started in the order in which data flows and stopped in reverse.
 * Ends with an exit code when a signal asks for it, or when a part that it cannot do without has ended.
 */
import { hostname } from "node:os";
import type { AnalyseApi } from "../analyse/api.ts";
import type { DomainRules } from "../analyse/rules/built-in-rules.ts";
import type { GroupDefinition } from "../analyse/rules/rule-definition.ts";
import type { CollectApi, TickEvent } from "../collect/api.ts";
import type { CheckDeclaration } from "../core/check.ts";
import { systemClock } from "../core/clock.ts";
import type { Domain } from "../core/domain.ts";
import type { ThreadName } from "../core/runtime.ts";
import { version } from "../core/version.ts";
import { dataDirOf, type Environment } from "../io/config-file.ts";
import type { RootLogger } from "../io/logger.ts";
import { createOnDemandThread } from "../io/on-demand-thread.ts";
import { createThreadTable, markThreadEnded, publishThread } from "../io/thread-stats.ts";
import { startThread, type Thread } from "../io/worker-thread.ts";
import { type AliasRule, aliasRulesOf } from "../query/aliases/alias-rules.ts";
import type { QueryApi } from "../query/api.ts";
import { openTokenStore } from "../store/state/tokens.ts";
import { followConfig } from "./follow-config.ts";
import type { LoadedSettings } from "./load-rules.ts";
import { waitForSignal } from "./wait-for-signal.ts";
import type { MainApi, ThreadData } from "./worker-thread.ts";

const heapMaxMb = { data: 512, query: 1024, analyse: 256 } as const;
/**
 * 4 MiB keep an idle thread's memory small. A query over thousands of series leaves three times as much garbage: with 4 MiB it takes a
 * fifth more CPU time than with 32, measured over `sum(rate(…))` of 3,000 series.
 */
const youngMaxMb = { data: 4, query: 32, analyse: 4 } as const;
/** Longer than the query stage's own limit: a thread that exceeds this hangs. */
const callTimeoutMs = 35_000;
/** An analyse thread that keeps ending is started anew at once so often, then after a pause: nobody else tells of alerts. */
const analyseRestartsAtOnce = 3;
const analyseRestartPauseMs = 60_000;

export interface NodeOptions {
  /** The program's entry, where threads start. */
  readonly entry: URL;
  /** Directory of the built dashboard. */
  readonly webRoot: string;
  readonly loadDomains: () => Promise<readonly Domain[]>;
  readonly loaded: LoadedSettings;
  /** Reads the configuration again, with the same flags and environment. Rejects with `ConfigError` and `RuleFileError`. */
  readonly reload: () => Promise<LoadedSettings>;
  readonly role: string;
  readonly logger: RootLogger;
  readonly env: Environment;
  /** Called with the address once the server answers. */
  readonly onServing: (url: string) => void;
}

/** Runs until a signal; resolves with the exit code. Rejects when it cannot start: `STORE_*`, `LISTEN_REFUSED`, the system's errors. */
export async function startNode(options: NodeOptions): Promise<number> {
  const { logger, loaded } = options;
  const startedAtMs = systemClock.nowMs();
  const dataDir = dataDirOf(loaded.config, options.env);
  const nodeId = loaded.config.node.id ?? hostname();
  const threads = createThreadTable();
  publishThread(threads, "main");
  const ending = waitForSignal();
  const tickListeners = new Set<(tick: TickEvent) => void>();
  await using parts = new AsyncDisposableStack();
  parts.defer(() => ending.release());

  let { ruleGroups } = loaded;
  let evaluates = loaded.config.enabled;
  const config = followConfig({
    ...options,
    apply: async (changed, next) => {
      if (changed) {
        logger.reconfigure(config.current().logging);
        await data.calls.reconfigure(config.current());
      }
      server.reconfigure();
      ruleGroups = next.ruleGroups;
      const { enabled } = config.current();
      // Where collection ends, so do the rules: what they look at would only grow older.
      if (enabled || evaluates) await analyse.calls.reconfigure(config.current(), ruleGroups);
      evaluates = enabled;
    },
  });

  const spawn = <Api>(name: Exclude<ThreadName, "main">, hooks: ThreadHooks): Thread<Api> =>
    startThread<Api>({
      name,
      entry: options.entry,
      data: {
        config: config.current(),
        node: nodeId,
        dataDir,
        threads,
        level: config.current().logging.level,
        checks: hooks.checks ?? [],
        aliases: hooks.aliases ?? [],
        builtInRules: hooks.builtInRules ?? [],
        ruleGroups: hooks.ruleGroups ?? [],
      } satisfies ThreadData,
      heapMaxMb: heapMaxMb[name],
      youngMaxMb: youngMaxMb[name],
      callTimeoutMs,
      logger,
      ...(hooks.serves === undefined ? {} : { serves: hooks.serves }),
      onEvent: hooks.onEvent ?? (() => undefined),
      onExit: (error) => {
        markThreadEnded(threads, name);
        if (error !== null) logger.error(`the ${name} thread has ended`, { error });
        hooks.onExit(error);
      },
    });

  const data = spawn<CollectApi>("data", {
    onEvent: (event, value) => {
      // The data thread sends a TickEvent with each "tick".
      if (event === "tick") for (const listener of tickListeners) listener(value as TickEvent);
    },
    // Without its only writer the node is not a monitor any more: end, and let the supervisor start a whole one.
    onExit: (error) => ending.end(error === null ? 0 : 1),
  });
  parts.defer(() => data.terminate());
  // The server and the domains are loaded while the data thread opens the store and takes its first tick.
  const [{ startServer }, domains] = await Promise.all([
    import("../serve/server.ts"),
    options.loadDomains(),
    data.calls.start(),
  ]);
  parts.defer(() => data.calls.stop());
  const tokens = openTokenStore(dataDir);
  parts.defer(() => tokens.close());

  const aliases = aliasRulesOf(domains.flatMap((domain) => Object.values(domain.metrics)));
  const query = createOnDemandThread<QueryApi>((ended) => spawn<QueryApi>("query", { aliases, onExit: ended }));
  parts.defer(() => query.stop());

  let analyseRestarts = 0;
  let analyseRestart: NodeJS.Timeout | undefined;
  let stopping = false;
  const analyse = createOnDemandThread<AnalyseApi>((ended) =>
    spawn<AnalyseApi>("analyse", {
      checks: domains.flatMap((domain) => domain.checks),
      aliases,
      builtInRules: domains.map(({ id, alerts }) => ({ domain: id, rules: alerts })),
      ruleGroups,
      serves: {
        absences: async () => (await data.calls.status()).absences,
        storeRuleSamples: (batch) => data.calls.storeRuleSamples(batch),
      } satisfies MainApi,
      // With or without an error: a thread that hung was ended from outside.
      onExit: () => {
        ended();
        if (stopping || !config.current().enabled) return;
        const pauseMs = analyseRestarts++ < analyseRestartsAtOnce ? 0 : analyseRestartPauseMs;
        analyseRestart = setTimeout(() => analyse.warm(), pauseMs);
      },
    }),
  );
  parts.defer(async () => {
    stopping = true;
    clearTimeout(analyseRestart);
    await analyse.stop();
  });

  const server = await startServer({
    config: () => config.current(),
    configInfo: () => {
      const info = config.info();
      return logger.problem === null ? info : { ...info, warnings: [...info.warnings, logger.problem] };
    },
    version,
    role: options.role,
    nodeId,
    startedAtMs,
    domains,
    query: query.calls,
    collect: data.calls,
    analyse: analyse.calls,
    onTick: (listener) => {
      tickListeners.add(listener);
      return () => tickListeners.delete(listener);
    },
    tokens,
    webRoot: options.webRoot,
    logger,
    clock: systemClock,
  });
  parts.defer(() => server.close());
  parts.defer(config.follow());
  options.onServing(server.url);
  if (loaded.config.enabled) analyse.warm();
  return await ending.code;
}

interface ThreadHooks {
  readonly onEvent?: (event: string, value: unknown) => void;
  readonly onExit: (error: Error | null) => void;
  readonly serves?: object;
  readonly checks?: readonly CheckDeclaration[];
  readonly aliases?: readonly AliasRule[];
  readonly builtInRules?: readonly DomainRules[];
  readonly ruleGroups?: readonly GroupDefinition[];
}
