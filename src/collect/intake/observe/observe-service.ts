/**
 * All observers of the domains: lives in the intake thread, where a program that answers slowly or wrongly cannot hold up a tick. What
 * they hold goes to the data thread some times a second at most; events, spans and exemplars go to the disk.
 */
import type { ClockOffset } from "../../../core/agent-record.ts";
import type { Annotation } from "../../../core/annotation.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Config } from "../../../core/config.ts";
import type { Logger } from "../../../core/logger.ts";
import type { ObserverDeclaration } from "../../../core/observer.ts";
import type { TelemetryReader } from "../../../core/telemetry-reader.ts";
import type { TelemetrySink } from "../../../core/telemetry-sink.ts";
import type { DoorTally } from "../door.ts";
import type { WatchedSink } from "../watched-sink.ts";
import type { ObservedChange } from "./observed-change.ts";
import { ObservedTelemetry } from "./observed-telemetry.ts";
import { ObserverWatch } from "./observer-watch.ts";

/** Time between two messages of changes, ms. */
const pauseMs = 200;
/** Time after which a message tells that the thread is alive, ms; see `observed-source.ts`. */
const signMs = 5000;
/** Observers that are not open are looked after so often, ms. */
const retryMs = 30_000;

export interface ObserveServiceOptions {
  readonly declarations: readonly ObserverDeclaration[];
  /** Kinds of events that domains declare. */
  readonly eventKinds: readonly string[];
  /** The node's id. */
  readonly node: string;
  /** Tells the data thread; answers whether it knew what was told before. */
  readonly observed: (change: ObservedChange) => Promise<boolean>;
  /** Opened when it is first asked for. */
  readonly telemetry: () => TelemetrySink;
  /** Of the same; whoever opens it closes it. */
  readonly openReader: () => TelemetryReader;
  readonly watchSpans: WatchedSink["watchSpans"];
  /** How far this machine's clock is ahead of that agent's; `null`: it is none of ours, or not known yet. */
  readonly clockOf: (node: string) => ClockOffset | null;
  readonly annotate: (annotation: Annotation) => void;
  readonly tally: DoorTally;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class ObserveService {
  readonly #options: ObserveServiceOptions;
  readonly #watches: readonly ObserverWatch[];
  readonly #stored: ObservedTelemetry;
  #timers: readonly NodeJS.Timeout[] = [];
  /** The next round of messages waits, or is under way. */
  #round: NodeJS.Timeout | undefined;
  /** There is something for a round after that. */
  #isDirty = false;
  #isClosed = false;
  /** What opens and closes, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  /** Why the data thread did not take the last message. */
  #trouble: string | null = null;

  constructor(options: ObserveServiceOptions) {
    this.#options = options;
    this.#stored = new ObservedTelemetry(options);
    const watch = { ...options, stored: this.#stored, onChange: () => this.#tellSoon() };
    this.#watches = options.declarations.map((declaration) => new ObserverWatch(declaration, watch));
  }

  /** Closes the observers that are open, and opens those that have something to watch. Never rejects. */
  configure(config: Config): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = config.enabled
      ? [
          setInterval(() => void this.#inTurn((one) => one.open(config)), retryMs).unref(),
          setInterval(() => void this.#tellAll(true), signMs).unref(),
        ]
      : [];
    return this.#inTurn(async (one) => {
      await one.close();
      if (config.enabled) await one.open(config);
    });
  }

  /** Resolves when all observers are closed, and the data thread knows it. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#inTurn((one) => one.close());
    this.#isClosed = true;
    clearTimeout(this.#round);
    this.#stored.flush();
    await this.#tellAll();
  }

  #inTurn(work: (one: ObserverWatch) => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      await Promise.all(this.#watches.map(work));
    });
    return this.#turn;
  }

  /** Several changes make one round, and rounds never overtake each other. */
  #tellSoon(): void {
    this.#isDirty = true;
    if (this.#round !== undefined || this.#isClosed) return;
    this.#round = setTimeout(() => {
      this.#isDirty = false;
      void this.#tellAll().finally(() => {
        this.#round = undefined;
        if (this.#isDirty) this.#tellSoon();
      });
    }, pauseMs).unref();
  }

  /** `isSign`: of each observer that is open at least that it is. Never rejects. */
  async #tellAll(isSign = false): Promise<void> {
    for (const one of this.#watches) {
      for (let change = one.take(isSign); change !== null; change = one.take()) {
        if (await this.#tell(change)) continue;
        // With the next round, not at once: that would be a loop without a pause.
        one.again();
        break;
      }
    }
  }

  /** Whether the data thread has taken it over, and knew what was told before. */
  async #tell(change: ObservedChange): Promise<boolean> {
    try {
      const isKnown = await this.#options.observed(change);
      this.#trouble = null;
      return isKnown;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== this.#trouble) {
        this.#options.logger.error("what is observed could not be told to the data thread", { error });
      }
      this.#trouble = message;
      return false;
    }
  }
}
