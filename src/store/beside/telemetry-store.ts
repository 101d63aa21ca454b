/** The one writer of what is stored beside samples; lives in the intake thread. Opens no file before something comes. */
import type { Clock } from "../../core/clock.ts";
import type { TelemetryLimits } from "../../core/config-telemetry.ts";
import type { SeriesExemplars } from "../../core/exemplar.ts";
import type { Logger } from "../../core/logger.ts";
import type { MetricMetadata } from "../../core/metric-metadata.ts";
import type { TelemetrySink } from "../../core/telemetry-sink.ts";
import { bytesOnDisk } from "../partition/partition-files.ts";
import { eventSchema, eventsPerSource, EventTables } from "./events/event-tables.ts";
import { exemplarSchema, ExemplarTables, fits } from "./exemplar-tables.ts";
import { logSchema, LogTables } from "./log-tables.ts";
import { metadataSchema, MetadataTables } from "./metadata-tables.ts";
import { type FileSurvey, RollingFiles } from "./rolling-files.ts";
import { eventPath, exemplarPath, metadataPath } from "./telemetry-files.ts";
import { traceSchema, TraceTables } from "./trace-tables.ts";
import { WrittenFile } from "./written-file.ts";

export interface TelemetryStoreOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: TelemetryLimits;
}

/** What has come since the store was opened, and what is on the disk. */
export interface TelemetryStats {
  readonly traces: FileSurvey & { readonly spansStored: number };
  readonly logs: FileSurvey & { readonly recordsStored: number; readonly recordsRepeated: number };
  readonly exemplars: {
    readonly bytes: number;
    readonly stored: number;
    /** Came again. */
    readonly repeated: number;
    /** Had longer labels than OpenMetrics allows. */
    readonly refused: number;
  };
  readonly metadata: { readonly bytes: number };
  readonly events: { readonly bytes: number };
  /** Spans, log records, exemplars and events that could not be written: the disk was full or does not work. */
  readonly failed: number;
}

export interface TelemetryStore extends TelemetrySink {
  /** Deletes what is past its age or size. Call it some times a minute; it looks once. */
  maintain(): void;
  stats(): TelemetryStats;
  close(): void;
}

const dayMs = 86_400_000;

/** Opens the store for writing. A thread that has it open is the only writer of these files in the data directory. */
export function openTelemetryStore({ dataDir, clock, logger, limits }: TelemetryStoreOptions): TelemetryStore {
  const common = { dataDir, clock, logger };
  const boundsOf = ({ max_bytes: maxBytes, max_age_days: days }: TelemetryLimits["logs"]) => ({
    maxBytes,
    maxAgeMs: days * dayMs,
  });
  const traces = new RollingFiles({
    ...common,
    ...boundsOf(limits.traces),
    kind: "traces",
    schema: traceSchema,
    prepare: (database) => new TraceTables(database),
  });
  const logs = new RollingFiles({
    ...common,
    ...boundsOf(limits.logs),
    kind: "logs",
    schema: logSchema,
    prepare: (database) => new LogTables(database),
  });
  const exemplars = new WrittenFile({
    path: exemplarPath(dataDir),
    schema: exemplarSchema,
    prepare: (database) => new ExemplarTables(database, limits.exemplars.max),
    logger,
  });
  const metadata = new WrittenFile({
    path: metadataPath(dataDir),
    schema: metadataSchema,
    prepare: (database) => new MetadataTables(database),
    logger,
  });
  const events = new WrittenFile({
    path: eventPath(dataDir),
    schema: eventSchema,
    prepare: (database) => new EventTables(database, { perSource: eventsPerSource, bytes: limits.events.max_bytes }),
    logger,
  });
  const parts = [traces, logs, exemplars, metadata, events];
  const told = new Told();
  const counts = { spansStored: 0, recordsStored: 0, recordsRepeated: 0, stored: 0, repeated: 0, refused: 0, failed: 0 };

  /** Counts what is lost when the disk takes nothing. */
  const counted = <R>(items: number, write: () => R): R => {
    try {
      return write();
    } catch (error) {
      counts.failed += items;
      throw error;
    }
  };

  return {
    addSpans(spans) {
      if (spans.length === 0) return;
      counted(spans.length, () => traces.write((tables) => tables.add(spans)));
      counts.spansStored += spans.length;
    },
    addLogs(records) {
      if (records.length === 0) return;
      const added = counted(records.length, () => logs.write((tables) => tables.add(records)));
      counts.recordsStored += added;
      counts.recordsRepeated += records.length - added;
    },
    addExemplars(all) {
      const fitting = all.map(({ series, exemplars: some }) => ({ series, exemplars: some.filter(fits) }));
      const count = countOf(fitting);
      counts.refused += countOf(all) - count;
      if (count === 0) return;
      const added = counted(count, () => exemplars.write((tables) => tables.add(fitting)));
      counts.stored += added;
      counts.repeated += count - added;
    },
    noteMetadata(all) {
      const news = told.newsOf(all);
      if (news.length === 0) return;
      metadata.write((tables) => tables.note(news));
      told.remember(news);
    },
    addEvents(all) {
      if (all.length === 0) return;
      counted(all.length, () => events.write((tables) => tables.add(all)));
    },
    sync() {
      for (const part of parts) part.sync();
    },
    maintain() {
      traces.maintain();
      logs.maintain();
    },
    stats: () => ({
      traces: { ...traces.survey(), spansStored: counts.spansStored },
      logs: { ...logs.survey(), recordsStored: counts.recordsStored, recordsRepeated: counts.recordsRepeated },
      exemplars: {
        bytes: bytesOnDisk(exemplarPath(dataDir)),
        stored: counts.stored,
        repeated: counts.repeated,
        refused: counts.refused,
      },
      metadata: { bytes: bytesOnDisk(metadataPath(dataDir)) },
      events: { bytes: bytesOnDisk(eventPath(dataDir)) },
      failed: counts.failed,
    }),
    close() {
      for (const part of parts) part.close();
    },
  };
}

function countOf(all: readonly SeriesExemplars[]): number {
  return all.reduce((sum, { exemplars }) => sum + exemplars.length, 0);
}

/** Metrics whose metadata is remembered, so that a scrape that says the same every 15 s writes it once. */
const toldMax = 10_000;

class Told {
  readonly #last = new Map<string, string>();

  newsOf(all: readonly MetricMetadata[]): readonly MetricMetadata[] {
    return all.filter((one) => this.#last.get(one.metric) !== wordOf(one));
  }

  remember(all: readonly MetricMetadata[]): void {
    if (this.#last.size + all.length > toldMax) this.#last.clear();
    for (const one of all.slice(0, toldMax)) this.#last.set(one.metric, wordOf(one));
  }
}

function wordOf({ type, help, unit }: MetricMetadata): string {
  return JSON.stringify([type, help, unit]);
}
