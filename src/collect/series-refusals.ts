/** Shows which series the store refuses: as absences of the metrics, with the reason, and in the log. */
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { Metric } from "../core/metric.ts";
import type { AbsenceRegister } from "./absence-register.ts";
import type { SeriesTable } from "./series-table.ts";

const source = "series limit";
/** Shortest time between two lines in the log, ms. */
const logIntervalMs = 60_000;

export class SeriesRefusals {
  readonly #table: SeriesTable;
  readonly #absences: AbsenceRegister;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** By collector, as of the last call. */
  #reported: ReadonlyMap<string, readonly Metric[]> = new Map();
  #loggedMs = -Infinity;

  constructor(
    table: SeriesTable,
    absences: AbsenceRegister,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#table = table;
    this.#absences = absences;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Takes over what has changed; call it once a tick. */
  report(): void {
    const { refusedMetrics, refusal } = this.#table;
    for (const id of this.#reported.keys()) if (!refusedMetrics.has(id)) this.#absences.clear(id, source);
    if (refusal !== null && refusedMetrics.size > 0) {
      for (const [id, metrics] of refusedMetrics) {
        if (this.#reported.get(id)?.length === metrics.length) continue;
        const absence = {
          reason: "limit_reached",
          detail: refusal.message,
          ...(refusal.fix === undefined ? {} : { fix: refusal.fix }),
        } as const;
        this.#absences.clear(id, source);
        this.#absences.report(id, source, metrics, absence, this.#clock.nowMs());
      }
      this.#log(refusal);
    }
    this.#reported = refusedMetrics;
  }

  #log(refusal: Error): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#loggedMs < logIntervalMs) return;
    this.#loggedMs = nowMs;
    this.#logger.warn("samples are dropped, because the store takes no more series", {
      error: refusal,
      samples: this.#table.samplesRefused,
      collectors: [...this.#table.refusedMetrics.keys()],
    });
  }
}
