/** What goes from an observer to the data thread: how its series stand now, as far as that has changed since the message before. */
import type { Absence } from "../../../core/absence.ts";

/** A series that is told of for the first time. */
export interface NamedSeries {
  /** By which the messages name it; one observer's numbers are its own. */
  readonly id: number;
  /** Dotted name of a metric that the observer declares. */
  readonly metric: string;
  /** By the metric's own label names. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface ToldAbsence {
  readonly source: string;
  /** `null`: what it was about can be read. */
  readonly absent: { readonly metrics: readonly string[]; readonly absence: Absence } | null;
}

/** How all series and absences of one observer stand, or what of that is not as it was. */
export interface ObservedChange {
  readonly observer: string;
  /** All that was told before is void. */
  readonly begins: boolean;
  readonly isOpen: boolean;
  /** Why it could not be opened. */
  readonly failure: string | null;
  readonly named: readonly NamedSeries[];
  /** Series that have another value, and their values. */
  readonly ids: Uint32Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
  /** Series that have no value now. */
  readonly cleared: readonly number[];
  readonly released: readonly number[];
  readonly absences: readonly ToldAbsence[];
}
