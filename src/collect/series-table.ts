/**
 * The handles that collectors write through, and the row they fill: one slot per series, in the order of first sight, so that
 * consecutive rows name the same series in the same order and the store can reuse the layout.
 */
import type { SeriesHandle } from "../core/collector.ts";
import { ChainPulseError } from "../core/errors.ts";
import { labelsKey, type Labels } from "../core/labels.ts";
import type { LabelValues, Metric } from "../core/metric.ts";
import { staleNaNBits, type SampleWriter, type SeriesRef } from "../core/storage.ts";
import { completeLabels } from "./complete-labels.ts";

/** Which slots a commit holds: those written since the last one, and those whose collector ran without writing them. */
export interface Row {
  readonly refs: Uint32Array;
  readonly values: Float64Array;
  readonly count: number;
}

class Slot implements SeriesHandle {
  /** `null` while the store refuses the series: what is written then is dropped, and counted. */
  ref: SeriesRef | null = null;
  readonly key: string;
  readonly group: SeriesGroup;
  value = 0;
  written = false;
  /** Its last committed sample was a value, so its end must be marked. */
  live = false;
  released = false;

  constructor(key: string, group: SeriesGroup) {
    this.key = key;
    this.group = group;
  }

  set(value: number): void {
    this.value = value;
    this.written = true;
  }

  release(): void {
    this.released = true;
  }
}

/** A series that has no number yet. */
interface Wanted {
  readonly metric: Metric;
  readonly labels: Labels;
}

/** The series of one collector. */
export interface SeriesGroup {
  readonly id: string;
  /** A run has ended since the last commit: slots that it did not write are stale. */
  ran: boolean;
  /** Slots that hold a value. */
  size: number;
}

/** Rows between two attempts to resolve what the store has refused: a minute at 1 Hz. */
const rowsBetweenAttempts = 60;

export class SeriesTable {
  readonly #writer: Pick<SampleWriter, "resolve" | "release">;
  readonly #node: string;
  readonly #byKey = new Map<string, Slot>();
  #slots: Slot[] = [];
  /** A released series has had its end committed, or has never been alive: the next `take` forgets it. */
  #ended = false;
  /** Slots without a number, and what they are to be. */
  readonly #refused = new Map<Slot, Wanted>();
  #refusal: ChainPulseError | null = null;
  #samplesRefused = 0;
  #rowsUntilAttempt = rowsBetweenAttempts;
  #refs = new Uint32Array(1024);
  #values = new Float64Array(1024);
  /** The same memory as `#values`: a stale marker must be written as bits. */
  #bits = new BigUint64Array(this.#values.buffer);

  constructor(writer: Pick<SampleWriter, "resolve" | "release">, node: string) {
    this.#writer = writer;
    this.#node = node;
  }

  group(id: string): SeriesGroup {
    return { id, ran: false, size: 0 };
  }

  /** The handle of one series; the same labels give the same handle. Two collectors cannot write one series. */
  handle<M extends Metric>(group: SeriesGroup, metric: M, labels: LabelValues<M>): SeriesHandle {
    const complete = completeLabels(metric, labels, this.#node);
    const key = labelsKey(complete);
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      if (known.group.id !== group.id) throw new Error(`${key} belongs to ${known.group.id}; ${group.id} writes it too`);
      known.released = false;
      return known;
    }
    const slot = new Slot(key, group);
    this.#resolve(slot, { metric, labels: complete });
    this.#byKey.set(key, slot);
    this.#slots.push(slot);
    return slot;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Series that the store refuses now, as the metrics of each collector; a series is tried again once a minute. */
  get refusedMetrics(): ReadonlyMap<string, readonly Metric[]> {
    const byGroup = Map.groupBy(this.#refused, ([slot]) => slot.group.id);
    return new Map(Array.from(byGroup, ([id, slots]) => [id, [...new Set(slots.map(([, { metric }]) => metric))]]));
  }

  /** Why the last one was refused. */
  get refusal(): ChainPulseError | null {
    return this.#refusal;
  }

  /** Samples that were dropped, because the store refuses their series. */
  get samplesRefused(): number {
    return this.#samplesRefused;
  }

  /** Takes what was written since the last call. The arrays are reused: they hold until the next call. */
  take(): Row {
    if (this.#ended) this.#forgetEnded();
    this.#retryRefused();
    this.#grow();
    let count = 0;
    for (const slot of this.#slots) {
      if (slot.ref === null) {
        if (slot.written) this.#samplesRefused++;
        slot.written = false;
      } else if (slot.written) {
        this.#refs[count] = slot.ref;
        this.#values[count++] = slot.value;
        if (!slot.live) slot.group.size++;
        slot.live = true;
        slot.written = false;
      } else if (slot.live && (slot.group.ran || slot.released)) {
        this.#refs[count] = slot.ref;
        this.#bits[count++] = staleNaNBits;
        slot.group.size--;
        slot.live = false;
      }
      this.#ended ||= slot.released && !slot.live;
    }
    return { refs: this.#refs, values: this.#values, count };
  }

  /** Collection ends here: the next `take` marks every live series stale, and has nothing that was written since the last one. */
  end(): void {
    for (const slot of this.#slots) {
      slot.written = false;
      slot.release();
    }
  }

  /** Gives the slot its number, where the store takes the series. */
  #resolve(slot: Slot, wanted: Wanted): boolean {
    try {
      slot.ref = this.#writer.resolve(wanted.labels);
      this.#refused.delete(slot);
      return true;
    } catch (error) {
      if (!(error instanceof ChainPulseError && error.code === "SERIES_LIMIT")) throw error;
      this.#refusal = error;
      this.#refused.set(slot, wanted);
      return false;
    }
  }

  /** Up to the first that is refused again: the limit is the same for all of them. */
  #retryRefused(): void {
    if (this.#refused.size === 0 || --this.#rowsUntilAttempt > 0) return;
    this.#rowsUntilAttempt = rowsBetweenAttempts;
    for (const [slot, wanted] of this.#refused) if (!this.#resolve(slot, wanted)) break;
  }

  #grow(): void {
    if (this.#slots.length <= this.#refs.length) return;
    const length = 2 ** Math.ceil(Math.log2(this.#slots.length));
    this.#refs = new Uint32Array(length);
    this.#values = new Float64Array(length);
    this.#bits = new BigUint64Array(this.#values.buffer);
  }

  /** Only now, a commit later: the store must still know a series while its stale marker is committed. */
  #forgetEnded(): void {
    const ended = (slot: Slot): boolean => slot.released && !slot.live && !slot.written;
    for (const slot of this.#slots) {
      if (!ended(slot)) continue;
      this.#byKey.delete(slot.key);
      this.#refused.delete(slot);
      if (slot.ref !== null) this.#writer.release(slot.ref);
    }
    this.#slots = this.#slots.filter((slot) => !ended(slot));
    this.#ended = false;
  }
}
