/** Events on their way to the disk: gathered for a moment, because a commit costs as much for one as for a hundred. */
import { ChainPulseError } from "../../../core/errors.ts";
import type { Logger } from "../../../core/logger.ts";
import { eventLimits, isStorable, type NodeEvent, type StoredEvent } from "../../../core/node-event.ts";
import type { TelemetrySink } from "../../../core/telemetry-sink.ts";
import type { DoorTally } from "../door.ts";

const pauseMs = 500;
/** Events that wait at most; they are written at once then. */
const waitingMax = 2000;

export interface EventBufferOptions {
  /** The node that they are of. */
  readonly node: string;
  /** Kinds that a domain declares. */
  readonly kinds: ReadonlySet<string>;
  /** Opened with the first event. */
  readonly sink: () => Pick<TelemetrySink, "addEvents">;
  readonly tally: DoorTally;
  readonly logger: Logger;
}

export class EventBuffer {
  readonly #options: EventBufferOptions;
  /** By kind, subject and key: of several with one identity the last one counts. */
  readonly #waiting = new Map<string, StoredEvent>();
  #timer: NodeJS.Timeout | undefined;
  /** Why the last ones could not be stored. */
  #trouble: string | null = null;

  constructor(options: EventBufferOptions) {
    this.#options = options;
  }

  /** Throws for a kind that no domain declares. What is too long is left out, and counted. */
  add(event: NodeEvent): void {
    const { node, kinds, tally, logger } = this.#options;
    const { kind, subject, key, timeMs, fields } = event;
    if (!kinds.has(kind)) throw new Error(`no domain declares events of the kind ${kind}`);
    if (!isStorable(event)) {
      tally.refused("invalid", 1);
      logger.debug("an event was left out: it is too long or no Unicode, or its time is none", {
        kind,
        subject: subject.slice(0, eventLimits.name),
      });
      return;
    }
    this.#waiting.set(JSON.stringify([kind, subject, key]), { node, kind, subject, key, timeMs, fields });
    if (this.#waiting.size >= waitingMax) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), pauseMs).unref();
  }

  /** Writes what waits. What cannot be written is lost, and counted by the store. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = [...this.#waiting.values()];
    this.#waiting.clear();
    if (events.length === 0) return;
    const { sink, tally, logger } = this.#options;
    try {
      sink().addEvents(events);
      tally.received("events", events.length);
      this.#trouble = null;
    } catch (error) {
      if (!(error instanceof ChainPulseError)) throw error;
      if (error.message !== this.#trouble) logger.error("events could not be stored", { error });
      this.#trouble = error.message;
    }
  }
}
