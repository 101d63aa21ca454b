/**
 * What is known of the streams that have been sent: resource → scope → metric → data points with one set of attributes. Each level is
 * found by the bytes of its message, so that a known data point costs no decoding of names and attributes. A stream that has not come
 * for some time is forgotten, and its series are given up.
 */
import type { SeriesRef } from "../../../core/storage.ts";
import { ByteTable } from "./byte-table.ts";
import type { DeltaState } from "./delta-state.ts";
import type { MetricHeader } from "./metric-header.ts";
import type { SeriesSet } from "./sample-batch.ts";
import type { ResourceLabels } from "./series-labels.ts";

/** Longer than the look-back, so that a slow sender stays known. */
const forgetAfterMs = 3_600_000;
const sweepEveryMs = 60_000;
/** What was given up may still be on its way to the store for so long. */
const releaseAfterMs = 300_000;

/** Entries of a level (streams take 400 bytes each), and bytes of what they are found by. Those beyond are worked out anew each time. */
const entriesMaxDefault = 200_000;
const keyBytesMax = 67_108_864;

interface Known {
  /** When it came last, ms on the clock that never steps: one set back must keep nothing for longer, one set forward take nothing away. */
  usedMs: number;
}

/** A part of some bytes: from `from` to before `to`. */
export interface Key {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

export interface ResourceEntry extends Known {
  readonly id: number;
  readonly labels: ResourceLabels;
  /** `null` where it has no `target_info`. */
  readonly targetInfo: SeriesSet | null;
}

export interface ScopeEntry extends Known {
  readonly id: number;
  readonly resource: ResourceEntry;
  readonly labels: readonly (readonly [string, string])[];
}

export interface MetricEntry extends Known {
  readonly id: number;
  readonly scope: ScopeEntry;
  readonly header: MetricHeader;
  /** Its metadata is stored, or on its way. */
  isNoted: boolean;
}

/** Data points of one metric and one set of attributes. */
export interface StreamEntry extends Known {
  series: SeriesSet | null;
  /** Of the newest point, ms; 0 before the first one. */
  timeMs: number;
  delta: DeltaState | null;
  /** Not in the table: forgotten after the request. */
  readonly isPassing: boolean;
}

interface Retired {
  readonly set: SeriesSet;
  readonly atMs: number;
}

export class StreamTable {
  readonly #resources = new ByteTable<ResourceEntry>();
  readonly #scopes = new ByteTable<ScopeEntry>();
  readonly #metrics = new ByteTable<MetricEntry>();
  readonly #streams = new ByteTable<StreamEntry>();
  readonly #release: (refs: readonly SeriesRef[]) => void;
  #retired: Retired[] = [];
  #deltas = 0;
  #nextId = 1;
  #sweptMs = 0;

  readonly #entriesMax: number;

  /** `release` gives up series. */
  constructor(release: (refs: readonly SeriesRef[]) => void, entriesMax = entriesMaxDefault) {
    this.#release = release;
    this.#entriesMax = entriesMax;
  }

  /** Streams of delta temporality that are summed up. */
  get deltas(): number {
    return this.#deltas;
  }

  /**
   * The resource of the key's bytes; the others likewise, below what `parent` stands for. `make` is called where it is new, with a number
   * for it.
   */
  resource(key: Key, nowMs: number, make: (id: number, isPassing: boolean) => ResourceEntry): ResourceEntry {
    return this.#entry(this.#resources, 0, key, nowMs, (id) => make(id, this.#isFull(this.#resources)));
  }

  scope(parent: number, key: Key, nowMs: number, make: (id: number) => ScopeEntry): ScopeEntry {
    return this.#entry(this.#scopes, parent, key, nowMs, make);
  }

  metric(parent: number, key: Key, nowMs: number, make: (id: number) => MetricEntry): MetricEntry {
    return this.#entry(this.#metrics, parent, key, nowMs, make);
  }

  /** The stream whose attributes stand in the bytes from `from` to before `to`; made where it is new. */
  stream(metric: MetricEntry, bytes: Uint8Array, from: number, to: number, nowMs: number): StreamEntry {
    const known = this.#streams.get(metric.id, bytes, from, to);
    if (known !== undefined) {
      known.usedMs = nowMs;
      return known;
    }
    const isPassing = this.#isFull(this.#streams);
    const made: StreamEntry = { usedMs: nowMs, series: null, timeMs: 0, delta: null, isPassing };
    if (!isPassing) this.#streams.add(metric.id, bytes, from, to, made);
    return made;
  }

  /** Sets what a stream has summed up; `null`: nothing any more. */
  setDelta(stream: StreamEntry, delta: DeltaState | null): void {
    this.#deltas += Number(delta !== null) - Number(stream.delta !== null);
    stream.delta = delta;
  }

  /** The set is not used by new data points any more. */
  retire(set: SeriesSet, nowMs: number): void {
    this.#retired.push({ set, atMs: nowMs });
  }

  /** Forgets what has not come for long. Cheap unless it is time. */
  sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < sweepEveryMs) return;
    this.#sweptMs = nowMs;
    this.#keep((known) => nowMs - known.usedMs < forgetAfterMs, nowMs);
    const due = this.#retired.filter(({ atMs }) => nowMs - atMs >= releaseAfterMs);
    if (due.length === 0) return;
    this.#retired = this.#retired.filter(({ atMs }) => nowMs - atMs < releaseAfterMs);
    this.#release(due.flatMap(({ set }) => [...(set.refs ?? [])]));
  }

  /** Forgets everything: names have come to be made differently. */
  clear(nowMs: number): void {
    this.#keep(() => false, nowMs);
  }

  #entry<T extends Known>(table: ByteTable<T>, parent: number, key: Key, nowMs: number, make: (id: number) => T): T {
    const known = table.get(parent, key.bytes, key.from, key.to);
    if (known !== undefined) {
      known.usedMs = nowMs;
      return known;
    }
    const made = make(this.#nextId++);
    if (!this.#isFull(table)) table.add(parent, key.bytes, key.from, key.to, made);
    return made;
  }

  #keep(stays: (known: Known) => boolean, nowMs: number): void {
    this.#streams.keep((stream) => {
      if (stays(stream)) return true;
      if (stream.series !== null) this.retire(stream.series, nowMs);
      this.setDelta(stream, null);
      return false;
    });
    this.#metrics.keep(stays);
    this.#scopes.keep(stays);
    this.#resources.keep((resource) => {
      if (stays(resource)) return true;
      if (resource.targetInfo !== null) this.retire(resource.targetInfo, nowMs);
      return false;
    });
  }

  #isFull(table: ByteTable<unknown>): boolean {
    return table.size >= this.#entriesMax || table.byteLength >= keyBytesMax;
  }
}
