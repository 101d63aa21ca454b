/** What the intake thread does: opens each door when something comes to it, counts, and keeps every failure at the one request. */
import { ChainPulseError, errorCodes } from "../../core/errors.ts";
import type { ClockOffset } from "../../core/agent-record.ts";
import type { Annotation } from "../../core/annotation.ts";
import type { Clock } from "../../core/clock.ts";
import type { Config } from "../../core/config.ts";
import type { DoorName } from "../../core/intake.ts";
import type { Logger } from "../../core/logger.ts";
import type { ObserverDeclaration } from "../../core/observer.ts";
import type { TelemetryReader } from "../../core/telemetry-reader.ts";
import type { TelemetrySink } from "../../core/telemetry-sink.ts";
import type { IntakeApi } from "./api.ts";
import { type Door, type DoorAnswer, type DoorContext, type OpenDoor, textAnswer } from "./door.ts";
import { countReceived, countRefused, countRequest, type IntakeTable } from "./intake-table.ts";
import type { ScrapeService } from "./scrape/scrape-service.ts";
import type { ObserveService } from "./observe/observe-service.ts";
import type { ObservedChange } from "./observe/observed-change.ts";
import type { IntakeSink } from "./sink.ts";
import { UnpackedGate } from "./unpacked-gate.ts";
import { watchSink } from "./watched-sink.ts";

/** Loaded on first use: most nodes use one door, or none. */
const openers: Readonly<Partial<Record<DoorName, () => Promise<OpenDoor>>>> = {
  agents: async () => (await import("./agents/agents-door.ts")).openAgentsDoor,
  remote_write: async () => (await import("./remote-write/remote-write-door.ts")).openRemoteWriteDoor,
  otlp_metrics: async () => (await import("./otlp/metrics-door.ts")).openMetricsDoor,
  otlp_traces: async () => (await import("./otlp/record-doors.ts")).openTracesDoor,
  otlp_logs: async () => (await import("./otlp/record-doors.ts")).openLogsDoor,
};

/** A full disk is looked at with every tick, but somebody must make room first; another thread is there again after a second. */
const retryAfterSeconds = { STORE_FULL: 10, UNAVAILABLE: 1, TOO_MANY_REQUESTS: 1 } as const;

/**
 * As many bytes of unpacked bodies are worked on at once; what is made of them takes two to three times as much. A single body has half of
 * it at most, as it is configured by default.
 */
const unpackedBytesMax = 67_108_864;

export interface IntakeServiceOptions {
  readonly config: Config;
  /** The node's id. */
  readonly node: string;
  readonly sink: IntakeSink;
  readonly annotate: (annotation: Annotation) => void;
  readonly dataDir: string;
  readonly telemetry: () => TelemetrySink;
  readonly loadObservers: () => Promise<readonly ObserverDeclaration[]>;
  /** Kinds of events that domains declare. */
  readonly eventKinds: readonly string[];
  /** Tells the data thread what observers hold; see `ReceiveApi.observed`. */
  readonly observed: (change: ObservedChange) => Promise<boolean>;
  readonly table: IntakeTable;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface IntakeService extends IntakeApi {
  /** Begins to scrape what is configured to be scraped. */
  start(): Promise<void>;
  /** Has the doors forget what is not sent any more. */
  keepUp(): void;
  close(): void;
}

export function createIntakeService(options: IntakeServiceOptions): IntakeService {
  const { table, logger } = options;
  const { sink: telemetry, watchSpans } = watchSink(options.telemetry, logger);
  let { config } = options;
  const doors = new Map<DoorName, Promise<Door>>();
  const opened = new Map<DoorName, Door>();
  const gate = new UnpackedGate(unpackedBytesMax);

  const contextOf = (door: DoorName): DoorContext => ({
    ...options,
    telemetry,
    config: () => config,
    logger: logger.child({ door }),
    tally: {
      received: (kind, count) => countReceived(table, door, kind, count),
      refused: (reason, count) => countRefused(table, door, reason, count),
    },
  });
  const open = async (name: DoorName): Promise<Door> => {
    const load = openers[name];
    if (load === undefined) throw new ChainPulseError("NOT_FOUND", `there is no door ${name}`);
    const door = (await load())(contextOf(name));
    opened.set(name, door);
    return door;
  };
  const doorOf = (name: DoorName): Promise<Door> => {
    const known = doors.get(name);
    if (known !== undefined) return known;
    const opening = open(name);
    doors.set(name, opening);
    // One that could not be opened is tried again with the next request.
    opening.catch(() => doors.delete(name));
    return opening;
  };

  let scraping: Promise<ScrapeService> | null = null;
  const openScraping = async (): Promise<ScrapeService> => {
    const { createScrapeService } = await import("./scrape/scrape-service.ts");
    const { tally, logger: scrapeLogger } = contextOf("scrape");
    return createScrapeService({
      ...options,
      telemetry,
      logger: scrapeLogger,
      tally: { ...tally, answered: (bytes) => countRequest(table, "scrape", 200, bytes) },
      seed: options.node,
    });
  };
  /** Where nothing is collected, nothing is scraped. */
  const applyScraping = async (): Promise<void> => {
    const { enabled, scrape } = config;
    const section = enabled ? scrape : { ...scrape, scrape_configs: [] };
    if (scraping === null && section.scrape_configs.length === 0) return;
    await (await (scraping ??= openScraping())).reconfigure(section);
  };

  let observing: Promise<ObserveService> | null = null;
  const openObserving = async (): Promise<ObserveService> => {
    const [{ ObserveService: Service }, { openTelemetryReader }, declarations] = await Promise.all([
      import("./observe/observe-service.ts"),
      import("../../store/beside/telemetry-reader.ts"),
      options.loadObservers(),
    ]);
    const { tally, logger: observeLogger } = contextOf("observe");
    const clockOf = (node: string): ClockOffset | null => opened.get("agents")?.clockOf?.(node) ?? null;
    const openReader = (): TelemetryReader => openTelemetryReader({ dataDir: options.dataDir, logger: observeLogger });
    const own = { telemetry, openReader, watchSpans, clockOf, declarations, tally, logger: observeLogger };
    const service = new Service({ ...options, ...own });
    // It may take as long as what is watched: nobody waits for that.
    void service.configure(config);
    return service;
  };

  return {
    start: applyScraping,
    async receive(name, request) {
      const bytes = request.body.length;
      let answer: DoorAnswer;
      try {
        const door = await doorOf(name);
        answer = await gate.run((weigh) => door.answer(request, weigh));
      } catch (error) {
        answer = answerOf(error);
        if (answer.status >= 500) logger.error("what came to a door could not be stored", { door: name, bytes, error });
      }
      countRequest(table, name, answer.isFailure === true ? 500 : answer.status, bytes);
      return answer;
    },
    async reconfigure(next) {
      config = next;
      void (await observing)?.configure(next);
      await applyScraping();
    },
    async observe() {
      try {
        await (observing ??= openObserving());
      } catch (error) {
        observing = null;
        throw error;
      }
    },
    async endObserving() {
      await (await observing)?.close();
    },
    scrapeTargets: async (query) =>
      scraping === null ? { active: [], total: 0, dropped: [], pools: [] } : (await scraping).scrapeTargets(query),
    scrapeMetadata: async (query) => (scraping === null ? [] : (await scraping).scrapeMetadata(query)),
    keepUp: () => {
      // One that could not be opened has told so to who knocked.
      for (const door of doors.values()) void door.then((opened) => opened.keepUp?.(), nothing);
    },
    close: () => {
      void observing?.then((opened) => opened.close());
      if (scraping !== null) void scraping.then((opened) => opened.stop());
      for (const door of doors.values()) void door.then((opened) => opened.close?.());
    },
  };
}

const nothing = (): void => undefined;

/** An error as plain text, as Prometheus's receivers answer. What is our fault is the log's business. */
export function answerOf(error: unknown): DoorAnswer {
  if (!(error instanceof ChainPulseError)) return textAnswer(500, `${errorCodes.INTERNAL.title}\n`);
  const { status } = errorCodes[error.code];
  const retryAfter = Object.entries(retryAfterSeconds).find(([code]) => code === error.code)?.[1];
  const text = error.code === "INTERNAL" ? errorCodes.INTERNAL.title : error.message;
  return textAnswer(status, `${text}\n`, retryAfter === undefined ? {} : { "retry-after": String(retryAfter) });
}
