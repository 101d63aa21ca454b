/**
 * The composition of a running node: its threads and its server, started in the order in which data flows and stopped in reverse.
 * Ends with an exit code when a signal asks for it, or when a part that it cannot do without has ended.
 */
import { hostname } from "node:os";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { AnalyseApi } from "../analyse/api.ts";
import type { DomainRules } from "../analyse/rules/built-in-rules.ts";
import type { GroupDefinition } from "../analyse/rules/rule-definition.ts";
import type { CollectApi, TickEvent } from "../collect/api.ts";
import type { ForwardApi } from "../collect/forward/api.ts";
import type { IntakeApi } from "../collect/intake/api.ts";
import { createIntakeTable } from "../collect/intake/intake-table.ts";
import type { CheckDeclaration } from "../core/check.ts";
import { systemClock } from "../core/clock.ts";
import type { Domain } from "../core/domain.ts";
import { engineOf } from "../core/engine-of.ts";
import type { Metric } from "../core/metric.ts";
import type { Role } from "../core/role.ts";
import type { ThreadName } from "../core/runtime.ts";
import { version } from "../core/version.ts";
import { dataDirOf, type Environment } from "../io/config-file.ts";
import type { RootLogger } from "../io/logger.ts";
import { createOnDemandThread } from "../io/on-demand-thread.ts";
import { createThreadTable, markThreadEnded, publishThread } from "../io/thread-stats.ts";
import { startThread, type Thread } from "../io/worker-thread.ts";
import { type AliasRule, aliasRulesOf } from "../query/aliases/alias-rules.ts";
import type { QueryApi } from "../query/api.ts";
import type { TelemetryApi } from "../query/telemetry/api.ts";
import type { Services } from "../serve/services.ts";
import { createAppendCount } from "../store/outbox/appended.ts";
import { createShownTime, setShownMs } from "../store/remote/shown-time.ts";
import { openAgentRegistry } from "../store/state/agents.ts";
import { hasTelemetry } from "../store/beside/telemetry-files.ts";
import { openTokenStore } from "../store/state/tokens.ts";
import { followConfig } from "./follow-config.ts";
import { createForwarding } from "./forwarding.ts";
import type { LoadedSettings } from "./load-rules.ts";
import { createObserving } from "./observing.ts";
import { waitForSignal } from "./wait-for-signal.ts";
import type { MainApi, ThreadData } from "./worker-thread.ts";

const heapMaxMb = { data: 512, query: 1024, analyse: 256, intake: 256, forward: 256 } as const;
/** A hub knows the series of all its nodes, and its rules read those of many at once. */
const hubHeapMaxMb = { ...heapMaxMb, data: 1024, query: 2048, analyse: 1024, intake: 512 } as const;
/**
 * 4 MiB keep an idle thread's memory small. A query over thousands of series leaves three times as much garbage: with 4 MiB it takes a
 * fifth more CPU time than with 32, measured over `sum(rate(…))` of 3,000 series.
 */
const youngMaxMb = { data: 4, query: 32, analyse: 4, intake: 16, forward: 4 } as const;
/** What comes in by the second is garbage a moment later. */
const hubYoungMaxMb = { ...youngMaxMb, data: 32, analyse: 16 } as const;
/** Longer than the query stage's own limit: a thread that exceeds this hangs. */
const callTimeoutMs = 35_000;
/** An analyse thread that keeps ending is started anew at once so often, then after a pause: nobody else tells of alerts. */
const analyseRestartsAtOnce = 3;
const analyseRestartPauseMs = 60_000;
/** After the server: rules have nothing to look at yet, and whoever has just started the node waits for its first page. */
const analyseStartMs = 1500;
/** An intake thread that scrapes or observes is started anew after this: what has ended it may end it again. */
const intakeRestartPauseMs = 1000;

export interface NodeOptions {
  /** The program's entry, where threads start. */
  readonly entry: URL;
  /** Directory of the built dashboard. */
  readonly webRoot: string;
  readonly loadDomains: () => Promise<readonly Domain[]>;
  readonly loaded: LoadedSettings;
  /** Reads the configuration again, with the same flags and environment. Rejects with `ConfigError` and `RuleFileError`. */
  readonly reload: () => Promise<LoadedSettings>;
  readonly role: Role;
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
  const intakeTable = createIntakeTable();
  const appended = createAppendCount();
  const shown = createShownTime();
  const engine = engineOf(loaded.config);
  publishThread(threads, "main");
  const ending = waitForSignal();
  const tickListeners = new Set<(tick: TickEvent) => void>();
  const tell = (tick: TickEvent): void => {
    for (const listener of tickListeners) listener(tick);
  };
  await using parts = new AsyncDisposableStack();
  parts.defer(() => ending.release());

  // The rules about an agent are evaluated by its hub, where the alerts of all nodes come together.
  const hasRules = options.role !== "agent";
  let { ruleGroups } = loaded;
  let evaluates = loaded.config.enabled;
  const config = followConfig({
    ...options,
    apply: async (changed, next) => {
      if (changed) {
        logger.reconfigure(config.current().logging);
        await data.calls.reconfigure(config.current());
        if (intake.isRunning() || scrapes()) await intake.calls.reconfigure(config.current());
        observing.reconsider();
        await forwarding.apply(config.current());
      }
      server.reconfigure();
      ruleGroups = next.ruleGroups;
      const { enabled } = config.current();
      // Where collection ends, so do the rules: what they look at would only grow older.
      if (hasRules && (enabled || evaluates)) await analyse.calls.reconfigure(config.current(), ruleGroups);
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
        intake: intakeTable,
        appended,
        shown,
        level: config.current().logging.level,
        checks: hooks.checks ?? [],
        aliases: hooks.aliases ?? [],
        builtInRules: hooks.builtInRules ?? [],
        everyNode: options.role === "hub",
        ruleGroups: hooks.ruleGroups ?? [],
        metrics: hooks.metrics ?? [],
        eventKinds: hooks.eventKinds ?? [],
        dataPort: hooks.dataPort ?? null,
      } satisfies ThreadData,
      ...(hooks.dataPort === undefined ? {} : { moved: [hooks.dataPort], givesArguments: true }),
      heapMaxMb: (options.role === "hub" ? hubHeapMaxMb : heapMaxMb)[name],
      youngMaxMb: (options.role === "hub" ? hubYoungMaxMb : youngMaxMb)[name],
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
      // The data thread sends a TickEvent with each "tick". Where an engine keeps the samples it is a tick when that shows it.
      if (event === "tick" && engine === null) tell(value as TickEvent);
    },
    // Without its only writer the node is not a monitor any more: end, and let the supervisor start a whole one.
    onExit: (error) => ending.end(error === null ? 0 : 1),
  });
  parts.defer(() => data.terminate());
  const mainApi: MainApi = {
    absences: async () => (await data.calls.status()).absences,
    storeRuleSamples: (batch) => data.calls.storeRuleSamples(batch),
    annotate: (annotation) => data.calls.annotate(annotation),
    reportForward: (destinations) => data.calls.reportForward(destinations),
    engineHas: (newestMs) => {
      setTimeout(() => {
        setShownMs(shown, newestMs);
        tell({ timestampMs: newestMs, samples: 0 });
      }, engine?.visible_after_ms).unref();
    },
  };
  // The server and the domains are loaded while the data thread opens the store.
  const [{ startServer }, domains] = await Promise.all([
    import("../serve/server.ts"),
    options.loadDomains(),
    data.calls.open(),
  ]);
  const forwarding = createForwarding({
    start: (onExit) =>
      spawn<ForwardApi>("forward", {
        metrics: domains.flatMap((domain) => Object.values<Metric>(domain.metrics)),
        serves: mainApi,
        onExit,
      }),
    logger,
  });
  // After the last tick, which it may still send.
  parts.defer(() => forwarding.stop());
  parts.defer(() => data.calls.stop());
  await forwarding.apply(config.current());
  const tokens = openTokenStore(dataDir);
  parts.defer(() => tokens.close());
  const agents = openAgentRegistry(dataDir);
  parts.defer(() => agents.close());

  const aliases = aliasRulesOf(domains.flatMap((domain) => Object.values(domain.metrics)));
  const query = createOnDemandThread<QueryApi & TelemetryApi>((ended) => spawn("query", { aliases, onExit: ended }));
  parts.defer(() => query.stop());

  // Bodies are given away to it: whoever sent one asks again.
  const scrapes = (): boolean => config.current().enabled && config.current().scrape.scrape_configs.length > 0;
  let intakeRestart: NodeJS.Timeout | undefined;
  let stopping = false;
  const intake = createOnDemandThread<IntakeApi>(
    (ended) => {
      const { port1, port2 } = new MessageChannel();
      data.calls.connectIntake(port1).catch((error: unknown) => logger.error("the intake has no way to the data", { error }));
      return spawn<IntakeApi>("intake", {
        dataPort: port2,
        eventKinds: domains.flatMap(({ events = [] }) => events.map(({ kind }) => kind)),
        onExit: () => {
          ended();
          if (stopping) return;
          // Nobody asks for a scrape: what is to be scraped or observed needs the thread all the time.
          if (observing.isWanted()) intakeRestart = setTimeout(() => observing.resume(), intakeRestartPauseMs);
          else if (scrapes()) intakeRestart = setTimeout(() => intake.warm(), intakeRestartPauseMs);
        },
      });
    },
    { asksAgain: false },
  );
  const observing = createObserving({
    observers: domains.flatMap(({ observers = [] }) => observers),
    config: () => config.current(),
    isRunning: () => intake.isRunning(),
    observe: () => intake.calls.observe(),
    end: async () => (intake.isRunning() ? intake.calls.endObserving() : undefined),
    logger,
  });
  parts.defer(async () => {
    stopping = true;
    await observing.stop();
    clearTimeout(intakeRestart);
    await intake.stop();
  });

  let analyseRestarts = 0;
  let analyseRestart: NodeJS.Timeout | undefined;
  const analyse = createOnDemandThread<AnalyseApi>((ended) =>
    spawn<AnalyseApi>("analyse", {
      checks: domains.flatMap((domain) => domain.checks),
      aliases,
      builtInRules: hasRules ? domains.map(({ id, alerts }) => ({ domain: id, rules: alerts })) : [],
      ruleGroups: hasRules ? ruleGroups : [],
      serves: mainApi,
      // With or without an error: a thread that hung was ended from outside.
      onExit: () => {
        ended();
        if (stopping || !hasRules || !config.current().enabled) return;
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

  // The first tick is taken while the server is made.
  const collecting = data.calls.start();
  const services: Services = {
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
    telemetry: query.calls,
    collect: data.calls,
    analyse: analyse.calls,
    intake: intake.calls,
    intakeTable,
    onTick: (listener) => {
      tickListeners.add(listener);
      return () => tickListeners.delete(listener);
    },
    tokens,
    agents,
    webRoot: options.webRoot,
    logger,
    clock: systemClock,
  };
  const serving = startServer(services, collecting);
  // Both are over before anything is stopped again.
  await Promise.allSettled([serving, collecting]);
  const server = await serving;
  parts.defer(() => server.close());
  parts.defer(config.follow());
  options.onServing(server.url);
  if (loaded.config.enabled && hasRules) {
    const begin = setTimeout(() => analyse.warm(), analyseStartMs);
    parts.defer(() => clearTimeout(begin));
  }
  // Spans and log records grow old also when no more come.
  if (scrapes() || hasTelemetry(dataDir)) intake.warm();
  observing.start();
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
  readonly metrics?: readonly Metric[];
  readonly eventKinds?: readonly string[];
  readonly dataPort?: MessagePort;
}
