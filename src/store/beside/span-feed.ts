/**
 * Spans in the order in which they came in, for who sends them on: from where it was last, in pages, over all files. A span that came
 * again is delivered again: the last one counts.
 */
import type { Span, TelemetrySource } from "../../core/span.ts";
import type { ReadAllowance } from "../../core/telemetry-reader.ts";
import { inodeOf, listFiles } from "../partition/partition-files.ts";
import { tellDamage } from "./read-files.ts";
import { readSideFile } from "./read-side-file.ts";
import { RecordsInOrder } from "./records-in-order.ts";
import { SourceBodies } from "./source-rows.ts";
import { spanFromPlain } from "./span-body.ts";
import { telemetryDir } from "./telemetry-files.ts";
import { traceSchema } from "./trace-tables.ts";

/** How far somebody has read. */
export interface SpanPlace {
  /** Start of the file, ms since the epoch; files are in this order. */
  readonly startMs: number;
  /** Its inode: where a damaged one was set aside, the new one counts from 1. */
  readonly inode: string;
  /** Number of the last record that was read; 0: none yet. */
  readonly record: number;
}

export interface SpanFeedLimits {
  readonly spans: number;
  /** Of the spans and their sources as they are stored, in characters of JSON. */
  readonly bytes: number;
}

export interface SpanFeedPage {
  readonly spans: readonly Span[];
  readonly next: SpanPlace;
  /** Nothing more is there now. */
  readonly isLast: boolean;
  /** 1 where the file that was being read is gone, with what had not been read of it, and with those that came after it and are gone too. */
  readonly skippedFiles: number;
}

/** What a page holds already. */
interface PageSoFar {
  readonly limits: SpanFeedLimits;
  readonly spans: number;
  readonly bytes: number;
}

/** Spans of one file. */
interface FilePart {
  readonly spans: readonly Span[];
  readonly bytes: number;
  readonly last: number;
  readonly isEnd: boolean;
}

/**
 * What came after `after`, or all; `null` where there are no files. A page has one span at least, and beyond that only what fits. What is
 * damaged is left out, with a note. Throws `STORE_TOO_NEW`, `STORE_UNUSABLE`.
 */
export function readSpanFeed(
  dataDir: string,
  { after }: { readonly after: SpanPlace | null },
  limits: SpanFeedLimits,
  allowance: ReadAllowance,
): SpanFeedPage | null {
  const files = listFiles(telemetryDir(dataDir, "traces")).map(({ path, startMs }) => ({
    path,
    place: { startMs, inode: String(inodeOf(path)), record: 0 },
  }));
  const left = files.filter(({ place }) => after === null || place.startMs >= after.startMs);
  const isThere = after === null || left.some(({ place }) => isSameFile(place, after));
  const skippedFiles = isThere ? 0 : 1;
  const spans: Span[] = [];
  let bytes = 0;
  let next = after;
  for (const { path, place } of left) {
    next = after !== null && isSameFile(place, after) ? after : place;
    const part = readPart(path, next.record, { limits, spans: spans.length, bytes }, allowance);
    for (const span of part.spans) spans.push(span);
    bytes += part.bytes;
    next = { ...place, record: part.last };
    if (!part.isEnd) return { spans, next, isLast: false, skippedFiles };
  }
  return next === null ? null : { spans, next, isLast: true, skippedFiles };
}

function isSameFile(a: SpanPlace, b: SpanPlace): boolean {
  return a.startMs === b.startMs && a.inode === b.inode;
}

function readPart(path: string, after: number, page: PageSoFar, allowance: ReadAllowance): FilePart {
  const nothing: FilePart = { spans: [], bytes: 0, last: after, isEnd: true };
  return readSideFile({ path, schema: traceSchema }, allowance, nothing, (database) => {
    const sources = new SourceBodies(database);
    const spans: Span[] = [];
    const named = new Set<number>();
    const records = new RecordsInOrder(database, path, allowance);
    // Numbers that went back are those of records that a loss of power took back.
    let last = after <= records.newest() ? after : 0;
    let bytes = 0;
    const isFull = (more: number): boolean =>
      (page.spans > 0 || spans.length > 0) &&
      (page.spans + spans.length >= page.limits.spans || page.bytes + bytes + more > page.limits.bytes);
    try {
      for (const { record, text } of records.behind(last)) {
        if (isFull(text.length)) return { spans, bytes, last, isEnd: false };
        const sourceOf = (source: number): TelemetrySource => {
          // Each span may be of another program, which says megabytes of itself.
          if (!named.has(source)) bytes += sources.bytesOf(source);
          named.add(source);
          return sources.sourceOf(source);
        };
        spans.push(spanFromPlain(JSON.parse(text), sourceOf));
        bytes += text.length;
        last = record;
      }
    } catch (error) {
      // Damage between the chunks: what lies behind it in this file cannot be reached.
      tellDamage({ path }, error, allowance);
    }
    return { spans, bytes, last, isEnd: true };
  });
}
