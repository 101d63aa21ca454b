/** The node's own events out of its store, and the note of how far the hub has them. */
import type { Logger } from "../../../core/logger.ts";
import type { NodeEvent } from "../../../core/node-event.ts";
import { readEventFeed } from "../../../store/beside/events/event-feed.ts";
import { readEventPlace, writeEventPlace } from "../../../store/outbox/notes.ts";
import { eventPageLimits } from "../../agent-protocol/event-page.ts";
import type { PageFeed } from "../page-sender.ts";
import { readAllowance } from "../read-allowance.ts";

export interface StoredEventsOptions {
  readonly dataDir: string;
  /** Whose events they are: a hub that reports to another one has those of its agents too. */
  readonly node: string;
  readonly logger: Logger;
}

export function storedEvents({ dataDir, node, logger }: StoredEventsOptions): PageFeed<NodeEvent> {
  const allowance = readAllowance("events", logger);
  let place = readEventPlace(dataDir);
  return {
    next() {
      const after = place;
      const page = readEventFeed(dataDir, { node, after }, eventPageLimits, allowance);
      if (page === null) return { items: [], isLast: true, done: () => undefined };
      const { events, next, isLast } = page;
      return {
        items: events,
        isLast,
        done() {
          if (next.file === after?.file && next.id === after.id) return;
          place = next;
          writeEventPlace(dataDir, next);
        },
      };
    },
  };
}
