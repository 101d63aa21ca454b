/** Spans out of the node's own store, in the order in which they came, and the note of how far a destination has them. */
import type { Logger } from "../../../core/logger.ts";
import type { Span } from "../../../core/span.ts";
import { readSpanFeed, type SpanPlace } from "../../../store/beside/span-feed.ts";
import { readSpanPlace, writeSpanPlace } from "../../../store/outbox/notes.ts";
import type { PageFeed } from "../page-sender.ts";
import { spanPageLimits } from "../../agent-protocol/span-page.ts";
import { readAllowance } from "../read-allowance.ts";

export interface StoredSpansOptions {
  readonly dataDir: string;
  /** Id of the destination, which the note is of. */
  readonly destination: string;
  /** The spans as they are to be sent, without those that are for nobody else. Default: all, as they are. */
  readonly select?: (spans: readonly Span[]) => readonly Span[];
  readonly logger: Logger;
}

export interface SpanFeed extends PageFeed<Span> {
  /** Files that retention has deleted before they were read to their end, since the start. */
  skippedFiles(): number;
}

/** A page ends before the chunk that would go beyond one of these; bytes are those of the spans' JSON in the store. */
const pageLimits = { spans: spanPageLimits.spans, bytes: 2_097_152 } as const;

export function storedSpans({ dataDir, destination, select, logger }: StoredSpansOptions): SpanFeed {
  const allowance = readAllowance("spans", logger);
  let place = readSpanPlace(dataDir, destination);
  let skippedFiles = 0;
  return {
    skippedFiles: () => skippedFiles,
    next() {
      const after = place;
      const page = readSpanFeed(dataDir, { after }, pageLimits, allowance);
      if (page === null) return { items: [], isLast: true, done: () => undefined };
      return {
        items: select?.(page.spans) ?? page.spans,
        isLast: page.isLast,
        done() {
          if (isSamePlace(page.next, after)) return;
          // Here, because a page that is to be sent again is read again.
          if (page.skippedFiles > 0) {
            skippedFiles += page.skippedFiles;
            logger.warn("spans were deleted by retention before they were sent", { files: page.skippedFiles, destination });
          }
          place = page.next;
          writeSpanPlace(dataDir, destination, place);
        },
      };
    },
  };
}

function isSamePlace(a: SpanPlace, b: SpanPlace | null): boolean {
  return a.startMs === b?.startMs && a.inode === b.inode && a.record === b.record;
}
