/**
 * Targets that are not scraped any more: their series end where the next scrape would have been, unless another target goes on with
 * them. That is known only after a while, because a changed configuration takes targets away and brings them back.
 * Source: Prometheus 3 scrape/scrape.go, `scrapeLoop.endOfRunStaleness`.
 */
import { timerMsMax } from "../../../core/clock.ts";
import type { Logger } from "../../../core/logger.ts";
import { shownWithQuery } from "../../../core/shown-address.ts";
import type { SeriesRef } from "../../../core/storage.ts";
import type { IntakeSink } from "../sink.ts";
import { ScrapeSamples } from "./scrape-samples.ts";
import type { ScrapedTarget } from "./scrape-target.ts";

/** So many intervals a successor has for its first scrapes. */
const intervalsPatient = 2.2;

export interface EndedTargetsOptions {
  readonly sink: IntakeSink;
  /** What is scraped now. */
  readonly current: () => Iterable<ScrapedTarget>;
  readonly logger: Logger;
}

export class EndedTargets {
  readonly #options: EndedTargetsOptions;
  readonly #waiting = new Map<ScrapedTarget, NodeJS.Timeout>();

  constructor(options: EndedTargetsOptions) {
    this.#options = options;
  }

  add(target: ScrapedTarget): void {
    const waitMs = Math.min(timerMsMax, target.target.intervalMs * intervalsPatient);
    const wait = setTimeout(() => {
      this.#waiting.delete(target);
      this.end(target).catch((error: unknown) => {
        this.#options.logger.error("the ends of series could not be stored", {
          target: shownWithQuery(target.target.url.href),
          error,
        });
      });
    }, waitMs);
    this.#waiting.set(target, wait.unref());
  }

  /** Ends what is alive of the target and nowhere else, and lets go of all its series. */
  async end(target: ScrapedTarget): Promise<void> {
    const { sink, current } = this.#options;
    const { endMs } = target;
    if (endMs !== null) {
      const elsewhere = new Set<SeriesRef>();
      for (const other of current()) for (const ref of other.alive()) elsewhere.add(ref);
      const samples = new ScrapeSamples(64);
      for (const ref of target.alive()) if (!elsewhere.has(ref)) samples.addEnd(ref, endMs);
      await sink.store(samples.samples);
    }
    sink.release(target.held());
  }

  /** The process ends: nothing more is told. */
  close(): void {
    for (const wait of this.#waiting.values()) clearTimeout(wait);
    this.#waiting.clear();
  }
}
