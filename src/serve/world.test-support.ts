/**
 * A small world for tests of the server: the real store and the real query engine in this thread, one domain, and ticks that
 * the test makes. Only what needs a thread is replaced: `Remote` calls are made directly.
 */
import { rmSync } from "node:fs";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { AnalyseApi } from "../analyse/api.ts";
import { matchingRules } from "../analyse/rules/matching-rules.ts";
import type { IntakeApi } from "../collect/intake/api.ts";
import { openIntakeLab } from "../collect/intake/intake-lab.test-support.ts";
import type { CollectApi, CollectStatus, TickEvent } from "../collect/api.ts";
import type { ReportedAbsence } from "../core/absence.ts";
import type { CheckResult } from "../core/check.ts";
import { type Config, configSchema } from "../core/config.ts";
import { ChainPulseError } from "../core/errors.ts";
import type { Domain } from "../core/domain.ts";
import type { Labels } from "../core/labels.ts";
import type { LogFields, Logger } from "../core/logger.ts";
import type { RuleGroupStatus } from "../core/rule.ts";
import { type SeriesRef, staleNaNBits } from "../core/storage.ts";
import type { TelemetrySink } from "../core/telemetry-sink.ts";
import type { Remote } from "../io/rpc.ts";
import type { QueryApi, QueryFailure } from "../query/api.ts";
import { createQueryService } from "../query/service.ts";
import type { TelemetryApi } from "../query/telemetry/api.ts";
import { createTelemetryService } from "../query/telemetry/service.ts";
import { openTelemetryReader } from "../store/beside/telemetry-reader.ts";
import { openTelemetryStore } from "../store/beside/telemetry-store.ts";
import { openReader } from "../store/reader.ts";
import { type AgentRegistry, openAgentRegistry } from "../store/state/agents.ts";
import { openTokenStore } from "../store/state/tokens.ts";
import { openWriter } from "../store/writer.ts";
import { labDomain } from "./lab.test-support.ts";
import { type RunningServer, startServer } from "./server.ts";
import type { Services } from "./services.ts";
import { scratchDirectory } from "../store/scratch-directory.test-support.ts";

/** What the server logged. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** `await using`, or `after(() => world.close())`: a world that stays open keeps the test from ending. */
export interface World extends AsyncDisposable {
  readonly services: Services;
  readonly server: RunningServer;
  readonly nodeId: string;
  /** Agents are put in here. */
  readonly agents: AgentRegistry;
  /** Where spans, log records, exemplars and metadata go. */
  readonly telemetry: TelemetrySink;
  /** What the server has logged. */
  readonly log: readonly LogLine[];
  /** Commits one sample for each series at the clock's time, and tells the server of the tick. */
  tick(samples: readonly (readonly [labels: Labels, value: number])[]): number;
  /** Moves the clock. */
  pass(ms: number): void;
  report(absences: readonly ReportedAbsence[]): void;
  check(checks: readonly CheckResult[]): void;
  /** A changed configuration was refused, at the time of the start. */
  refuseConfig(error: string): void;
  /** What the rules have come to. */
  evaluate(groups: readonly RuleGroupStatus[]): void;
  /** Requests that the analyse and query threads got, by method. */
  readonly calls: ReadonlyMap<string, number>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** A request as it stands: `fetch` would tidy the path and refuse the headers. */
  raw(path: string, options?: RawOptions): Promise<RawResponse>;
  /** The answer's JSON, as what the test says that it is; `post` is sent as JSON. */
  json<T>(path: string, post?: unknown): Promise<T>;
  /** The second time it does nothing. */
  close(): Promise<void>;
}

/** A request, as it goes over the wire. */
export interface RawOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** An answer, as it came. */
export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As they came, compressed where they are. */
  readonly bytes: Buffer;
  readonly body: string;
}

/** How the world differs from the usual one. */
export interface WorldOptions {
  /** Below `performance_monitoring`. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly domains?: readonly Domain[];
  /** What every expression over a range comes to, as when the engine that keeps the samples does not answer. */
  readonly rangeFailure?: QueryFailure;
  /** Methods of other threads that fail, as when their thread has ended. */
  readonly failing?: readonly string[];
  /** Directory of the built dashboard; default: there is none. */
  readonly webRoot?: string;
}

/** Rejects with what `startServer` rejects with. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const dataDir = scratchDirectory("chainpulse-serve-");
  let nowMs = 1_764_000_000_000;
  const startedAtMs = nowMs;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const log: LogLine[] = [];
  const logger = createTestLogger(log);
  const config: Config = configSchema.parse({ node: { id: "node-1" }, server: { listen: "127.0.0.1:0" }, ...options.config });
  const writer = openWriter({ dataDir, logger, clock, retentionDays: 30, maxBytes: 1_000_000_000 });
  const reader = openReader({ dataDir, logger });
  const telemetry = openTelemetryStore({ dataDir, clock, logger, limits: config.telemetry });
  const telemetryReader = openTelemetryReader({ dataDir, logger });
  const intake = openIntakeLab({ writer, clock, config, logger, dataDir, telemetry });
  const tokens = openTokenStore(dataDir);
  const agents = openAgentRegistry(dataDir);
  let tokensOpen = true;
  /** A test may have closed it, to see what an error of the store looks like. */
  const closeTokens = (): void => {
    if (tokensOpen) tokens.close();
    tokensOpen = false;
  };
  const listeners = new Set<(tick: TickEvent) => void>();
  const calls = new Map<string, number>();
  let absences: readonly ReportedAbsence[] = [];
  let checks: readonly CheckResult[] = [];
  let groups: readonly RuleGroupStatus[] = [];
  let refusal: string | null = null;
  let lastTickMs: number | null = null;
  let alive: readonly SeriesRef[] = [];

  const status = (): CollectStatus => ({
    collecting: config.enabled,
    lastTickMs,
    series: writer.stats().series,
    collectors: [],
    absences,
    store: writer.stats(),
    forward: null,
  });
  const collect: Pick<CollectApi, "status" | "annotate"> = { status, annotate: (annotation) => writer.annotate(annotation) };
  const analyse: Pick<AnalyseApi, "checks" | "checkHistory" | "findings" | "ruleGroups" | "alerts"> = {
    checks: () => checks,
    checkHistory: (id, limit) => checks.filter((check) => id === null || check.id === id).slice(0, limit),
    findings: () => [],
    ruleGroups: (matchers = []) => matchingRules(groups, matchers),
    alerts: () => groups.flatMap(({ rules }) => rules.flatMap((rule) => (rule.type === "alerting" ? rule.alerts : []))),
  };
  const query = createQueryService(reader, { clock });
  const { rangeFailure } = options;
  const services: Services = {
    config: () => config,
    configInfo: () => ({
      file: null,
      warnings: [],
      error: refusal,
      loadedAtMs: startedAtMs,
      errorAtMs: refusal === null ? null : startedAtMs,
    }),
    version: "0.0.0-test",
    role: "all",
    nodeId: "node-1",
    startedAtMs,
    domains: options.domains ?? [labDomain],
    query: asRemote<QueryApi>(rangeFailure === undefined ? query : { ...query, batchRange: allFail(rangeFailure) }, calls),
    telemetry: asRemote<TelemetryApi>(createTelemetryService({ open: () => telemetryReader, clock }), calls),
    collect: asRemote<CollectApi>(collect, calls),
    analyse: asRemote<AnalyseApi>(failing(analyse, options.failing ?? []), calls),
    intake: asRemote<IntakeApi>(intake.service, calls),
    intakeTable: intake.table,
    onTick(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tokens: { ...tokens, close: closeTokens },
    agents,
    webRoot: options.webRoot ?? join(dataDir, "no-dashboard"),
    logger,
    clock,
  };
  const parts = new AsyncDisposableStack();
  parts.defer(() => rmSync(dataDir, { recursive: true }));
  parts.defer(() => writer.close());
  parts.defer(() => intake.close());
  parts.defer(() => telemetry.close());
  parts.defer(() => telemetryReader.close());
  parts.defer(() => reader.close());
  parts.defer(closeTokens);
  parts.defer(() => agents.close());
  const close = (): Promise<void> => parts.disposeAsync();
  const server = await startServer(services).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  parts.defer(() => server.close());

  return {
    services,
    server,
    nodeId: "node-1",
    telemetry,
    agents,
    log,
    calls,
    tick(samples) {
      const values = new Map(
        samples.map(([labels, value]) => [writer.resolve(sorted({ node: "node-1", ...labels })), value] as const),
      );
      const ended = alive.filter((ref) => !values.has(ref));
      const refs = Uint32Array.from([...values.keys(), ...ended]);
      const data = Float64Array.from([...values.values(), ...ended.map(() => 0)]);
      // As the scheduler does: a series without a sample in this tick has ended.
      new BigUint64Array(data.buffer).fill(staleNaNBits, values.size);
      writer.commit(nowMs, refs, data, refs.length);
      alive = [...values.keys()];
      lastTickMs = nowMs;
      for (const listener of listeners) listener({ timestampMs: nowMs, samples: refs.length });
      return nowMs;
    },
    pass: (ms) => void (nowMs += ms),
    report: (reported) => void (absences = reported),
    check: (results) => void (checks = results),
    evaluate: (evaluated) => void (groups = evaluated),
    refuseConfig: (error) => void (refusal = error),
    fetch: (path, init) => fetch(new URL(path, server.url), init),
    raw: (path, options = {}) => rawRequest(server.url, path, options),
    async json<T>(path: string, post?: unknown) {
      const body = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(post) };
      const response = await fetch(new URL(path, server.url), post === undefined ? {} : body);
      return (await response.json()) as T; // The test's claim; its assertions check it.
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function rawRequest(url: string, path: string, { method = "GET", headers = {}, body }: RawOptions): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  const sent = request({ hostname, port, path, method, headers, agent: false });
  sent.end(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on("response", resolve).on("error", reject);
  });
  const bytes = await buffer(response);
  return { status: response.statusCode ?? 0, headers: response.headers, bytes, body: bytes.toString() };
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function failing(api: object, names: readonly string[]): object {
  const fail = (name: string) => () => {
    throw new ChainPulseError("UNAVAILABLE", `the thread that answers ${name} has ended`);
  };
  return { ...api, ...Object.fromEntries(names.map((name) => [name, fail(name)])) };
}

/** The methods of a local object as promises, counted. */
function asRemote<Api>(api: object, calls: Map<string, number>): Remote<Api> {
  const methods = new Map<string, (...args: unknown[]) => unknown>(Object.entries(api));
  const remote = new Proxy(
    {},
    {
      get:
        (_, name) =>
        async (...args: unknown[]) => {
          calls.set(String(name), (calls.get(String(name)) ?? 0) + 1);
          const method = methods.get(String(name));
          if (method === undefined) throw new Error(`the world has no ${String(name)}`);
          return method(...args);
        },
    },
  );
  return remote as Remote<Api>; // As in io/rpc.ts: the proxy answers to every name.
}

function createTestLogger(lines: LogLine[]): Logger {
  const at =
    (level: string) =>
    (message: string, fields?: LogFields): void =>
      void lines.push({ level, message, fields });
  const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: () => logger };
  return logger;
}

function allFail(failure: QueryFailure): QueryApi["batchRange"] {
  return (exprs) => exprs.map(() => failure);
}
