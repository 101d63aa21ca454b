/**
 * The series that one observer holds, and what the data thread has not been told of them yet. Not what was done is kept but how each series
 * stands: however often it is set between two messages, it is told once.
 */
import { cleanText } from "../../../core/clean-text.ts";
import type { Metric } from "../../../core/metric.ts";
import type { HeldSeries } from "../../../core/observer.ts";
import type { NamedSeries, ObservedChange } from "./observed-change.ts";

/** Series of one observer: 32 clients with 300 each. */
export const heldSeriesMax = 10_000;
/** Series that one message names: the data thread makes objects of them. */
const namedMax = 512;
/** Characters of a label's value. */
const labelCharsMax = 256;

export type SeriesChange = Pick<ObservedChange, "named" | "ids" | "values" | "cleared" | "released">;

class Held implements HeldSeries {
  readonly named: NamedSeries;
  readonly key: string;
  readonly #onChange: (held: Held) => void;
  value: number | null = null;
  isReleased = false;
  /** The data thread knows it. */
  isTold = false;
  /** It waits to be told. */
  isWaiting = false;

  constructor(named: NamedSeries, key: string, onChange: (held: Held) => void) {
    this.named = named;
    this.key = key;
    this.#onChange = onChange;
  }

  set(value: number): void {
    if (this.isReleased || Object.is(value, this.value)) return;
    this.value = value;
    this.#onChange(this);
  }

  clear(): void {
    if (this.value === null) return;
    this.value = null;
    this.#onChange(this);
  }

  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.value = null;
    this.#onChange(this);
  }
}

/** What is given where no more series are taken: nothing is to fail for it. */
const refused: HeldSeries = { set: nothing, clear: nothing, release: nothing };

export interface HeldSeriesOptions {
  /** Those that the observer declares. */
  readonly metrics: readonly Metric[];
  /** There is something to be told. */
  readonly onChange: () => void;
  /** A series was not taken: there are `heldSeriesMax` of them. */
  readonly onFull: () => void;
}

export class HeldSeriesTable {
  readonly #metrics: ReadonlySet<Metric>;
  readonly #options: HeldSeriesOptions;
  readonly #byKey = new Map<string, Held>();
  #waiting: Held[] = [];
  #nextId = 0;

  constructor(options: HeldSeriesOptions) {
    this.#metrics = new Set(options.metrics);
    this.#options = options;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The same labels give the same series. Throws where the observer or the metric does not declare what is asked for. */
  series(metric: Metric, labels: Readonly<Record<string, string>>): HeldSeries {
    const cleaned = this.checked(metric, labels);
    const key = `${metric.name}\u0000${Object.values(cleaned).join("\u0000")}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      known.isReleased = false;
      return known;
    }
    if (this.#byKey.size >= heldSeriesMax) {
      this.#options.onFull();
      return refused;
    }
    const named = { id: this.#nextId++, metric: metric.name, labels: cleaned };
    const held = new Held(named, key, (changed) => this.#wait(changed));
    this.#byKey.set(key, held);
    return held;
  }

  /**
   * The labels as the series has them: values come from what is watched, and are cleaned; names are ours. Throws where the observer or the metric
   * does not declare what is asked for.
   */
  checked(metric: Metric, labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    if (!this.#metrics.has(metric)) throw new Error(`the observer does not declare ${metric.name}`);
    for (const name of Object.keys(labels)) {
      if (!Object.hasOwn(metric.labels, name)) throw new Error(`${metric.name} declares no label ${name}`);
    }
    const cleaned: Record<string, string> = {};
    for (const name of Object.keys(metric.labels)) cleaned[name] = cleanText(labels[name] ?? "", labelCharsMax);
    return cleaned;
  }

  /** What is to be told next, in the order in which it changed; `null` where there is nothing. */
  take(): SeriesChange | null {
    const named: NamedSeries[] = [];
    const cleared: number[] = [];
    const released: number[] = [];
    const live: Held[] = [];
    let taken = 0;
    for (const held of this.#waiting) {
      if (named.length >= namedMax) break;
      taken++;
      held.isWaiting = false;
      if (held.isReleased) this.#byKey.delete(held.key);
      // A series that has never had a value is nobody's business.
      if (held.value !== null && !held.isTold) named.push(held.named);
      if (held.value !== null) live.push(held);
      else if (held.isTold) (held.isReleased ? released : cleared).push(held.named.id);
      held.isTold ||= held.value !== null;
    }
    this.#waiting = this.#waiting.slice(taken);
    if (live.length + cleared.length + released.length === 0) return null;
    const ids = Uint32Array.from(live, ({ named: { id } }) => id);
    return { named, ids, values: Float64Array.from(live, ({ value }) => value ?? NaN), cleared, released };
  }

  /** The data thread knows nothing of it any more: all is to be told anew. */
  again(): void {
    for (const held of this.#byKey.values()) {
      held.isTold = false;
      this.#wait(held);
    }
  }

  #wait(held: Held): void {
    if (held.isWaiting) return;
    held.isWaiting = true;
    this.#waiting.push(held);
    this.#options.onChange();
  }
}

function nothing(): void {
  // There is no place for it.
}
