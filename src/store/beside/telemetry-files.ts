/**
 * Where the spans, log records, exemplars, metadata and events lie in a data directory:
 *
 *   traces/<start>.db, logs/<start>.db      what came in from then on, until the next file begins; oldest files go first
 *   exemplars.db, metadata.db, events.db    bounded by their number of rows; events by their size, too
 *
 * A file holds what *came in* in its time, whenever it is said to have happened: a sender's wrong clock can neither make a thousand
 * files nor keep one for ever. So a trace may be in several files, and a span that was sent again may be too: the newer file counts.
 */
import { join } from "node:path";
import { listFiles } from "../partition/partition-files.ts";

export const telemetryKinds = ["traces", "logs"] as const;
export type TelemetryKind = (typeof telemetryKinds)[number];

export function telemetryDir(dataDir: string, kind: TelemetryKind): string {
  return join(dataDir, kind);
}

export function exemplarPath(dataDir: string): string {
  return join(dataDir, "exemplars.db");
}

export function metadataPath(dataDir: string): string {
  return join(dataDir, "metadata.db");
}

export function eventPath(dataDir: string): string {
  return join(dataDir, "events.db");
}

/** Whether there are spans or log records, which grow old also when no more come in. */
export function hasTelemetry(dataDir: string): boolean {
  return telemetryKinds.some((kind) => listFiles(telemetryDir(dataDir, kind)).length > 0);
}
