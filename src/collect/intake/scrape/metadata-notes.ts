/** Metadata of all targets on its way to the store: what says something new. */
import type { Logger } from "../../../core/logger.ts";
import type { MetricMetadata } from "../../../core/metric-metadata.ts";
import type { TelemetrySink } from "../../../core/telemetry-sink.ts";
import { NewMetadata } from "../new-metadata.ts";

export class MetadataNotes {
  readonly #telemetry: () => TelemetrySink;
  readonly #logger: Logger;
  readonly #news = new NewMetadata();

  constructor(telemetry: () => TelemetrySink, logger: Logger) {
    this.#telemetry = telemetry;
    this.#logger = logger;
  }

  note(metadata: readonly MetricMetadata[]): void {
    const fresh = this.#news.filter(metadata);
    if (fresh.length > 0) this.guard(() => this.#telemetry().noteMetadata(fresh));
  }

  /** What is beside the samples may be lost, with a word in the log; the scrape counts all the same. */
  guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#logger.warn("metadata or exemplars of a scrape could not be stored", { error });
    }
  }
}
