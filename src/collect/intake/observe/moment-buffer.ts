/** What observers tell on its way to the disk: gathered for a moment, because a commit costs as much for one as for a hundred. */
import { ChainPulseError } from "../../../core/errors.ts";
import type { ReceivedKind } from "../../../core/intake.ts";
import type { Logger } from "../../../core/logger.ts";
import type { DoorTally } from "../door.ts";

const pauseMs = 500;
/** What waits at most; it is written at once then. */
const waitingMax = 2000;

export interface MomentBufferOptions<T> {
  /** What it is counted as. */
  readonly kind: ReceivedKind;
  /** Durable on return. Throws `ChainPulseError` where the disk takes nothing. */
  readonly write: (items: readonly T[]) => void;
  readonly tally: DoorTally;
  readonly logger: Logger;
}

export class MomentBuffer<T> {
  readonly #options: MomentBufferOptions<T>;
  readonly #waiting = new Map<string, T>();
  #timer: NodeJS.Timeout | undefined;
  /** Why the last ones could not be stored. */
  #trouble: string | null = null;

  constructor(options: MomentBufferOptions<T>) {
    this.#options = options;
  }

  /** Of several with one key the last one counts. */
  put(key: string, item: T): void {
    this.#waiting.set(key, item);
    if (this.#waiting.size >= waitingMax) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), pauseMs).unref();
  }

  /** Writes what waits. What cannot be written is lost, and counted by the store. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = [...this.#waiting.values()];
    this.#waiting.clear();
    if (items.length === 0) return;
    const { kind, write, tally, logger } = this.#options;
    try {
      write(items);
      tally.received(kind, items.length);
      this.#trouble = null;
    } catch (error) {
      if (!(error instanceof ChainPulseError)) throw error;
      if (error.message !== this.#trouble) logger.error(`${kind} could not be stored`, { error });
      this.#trouble = error.message;
    }
  }
}
