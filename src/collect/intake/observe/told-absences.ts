/** What one observer says that cannot be read, and what the data thread has not been told of it yet. */
import type { Absence } from "../../../core/absence.ts";
import { cleanText } from "../../../core/clean-text.ts";
import type { Metric } from "../../../core/metric.ts";
import type { ToldAbsence } from "./observed-change.ts";

/** Sources of one observer: 32 clients with 30 each. More are left out. */
const sourcesMax = 1000;
/** Characters of a source's name, and of what happened. */
const sourceCharsMax = 256;
const detailCharsMax = 1000;

export class ToldAbsences {
  readonly #declared: ReadonlySet<Metric>;
  readonly #onChange: () => void;
  readonly #bySource = new Map<string, ToldAbsence["absent"]>();
  readonly #waiting = new Set<string>();

  /** `metrics`: those that the observer declares. `onChange`: there is something to be told. */
  constructor(metrics: readonly Metric[], onChange: () => void) {
    this.#declared = new Set(metrics);
    this.#onChange = onChange;
  }

  /** Saying the same again is free. Throws for a metric that the observer does not declare. */
  report(source: string, metrics: readonly Metric[], absence: Absence): void {
    const foreign = metrics.find((metric) => !this.#declared.has(metric));
    if (foreign !== undefined) throw new Error(`the observer does not declare ${foreign.name}`);
    const name = cleanText(source, sourceCharsMax);
    const known = this.#bySource.get(name)?.absence;
    const detail = cleanText(absence.detail, detailCharsMax);
    if (known?.reason === absence.reason && known.detail === detail) return;
    if (known === undefined && this.#bySource.size >= sourcesMax) return;
    const names = [...new Set(metrics.map((metric) => metric.name))];
    this.#tell(name, { metrics: names, absence: { ...absence, detail } });
  }

  clear(source: string): void {
    const name = cleanText(source, sourceCharsMax);
    if ((this.#bySource.get(name) ?? null) !== null) this.#tell(name, null);
  }

  take(): readonly ToldAbsence[] {
    const told = Array.from(this.#waiting, (source) => ({ source, absent: this.#bySource.get(source) ?? null }));
    for (const { source, absent } of told) if (absent === null) this.#bySource.delete(source);
    this.#waiting.clear();
    return told;
  }

  again(): void {
    for (const source of this.#bySource.keys()) this.#waiting.add(source);
  }

  #tell(source: string, absent: ToldAbsence["absent"]): void {
    this.#bySource.set(source, absent);
    this.#waiting.add(source);
    this.#onChange();
  }
}
