/** What cannot be read, as collectors report it: kept with its first time, counted by nobody, shown by `doctor` and the dashboard. */
import type { Absence, ReportedAbsence } from "../core/absence.ts";
import type { Metric } from "../core/metric.ts";

/** More than this from one program is a fault of a collector, not of the machine. */
const absencesMax = 2000;

export class AbsenceRegister {
  readonly #absences = new Map<string, ReportedAbsence>();

  report(collector: string, source: string, metrics: readonly Metric[], absence: Absence, nowMs: number): void {
    const key = `${collector}\u0000${source}`;
    const known = this.#absences.get(key);
    if (known?.reason === absence.reason && known.detail === absence.detail) return;
    if (known === undefined && this.#absences.size >= absencesMax) return;
    const names = [...new Set(metrics.map((metric) => metric.name))];
    this.#absences.set(key, { ...absence, collector, source, metrics: names, sinceMs: nowMs });
  }

  clear(collector: string, source: string): void {
    this.#absences.delete(`${collector}\u0000${source}`);
  }

  /** Forgets everything that `collector` has reported: it is opened anew. */
  clearCollector(collector: string): void {
    for (const [key, absence] of this.#absences) if (absence.collector === collector) this.#absences.delete(key);
  }

  list(): readonly ReportedAbsence[] {
    return [...this.#absences.values()];
  }
}
