/** The agent's side of a session: which series have a slot, and records → batches. A session lasts while all that it sends arrives. */
import type { Labels } from "../../core/labels.ts";
import type { ReceivedSamples, SeriesRef } from "../../core/storage.ts";
import { writeHistogram } from "../../store/codec/histogram-code.ts";
import {
  type ByteSink,
  byteSink,
  sunkBytes,
  writeByte,
  writeBytes,
  writeSignedVarint,
  writeVarint,
} from "../../store/codec/varint.ts";
import { batchMagic, recordKinds, reserveSlots, type SlotValues } from "./batch-format.ts";
import { planesBytes, writePlanes } from "./value-planes.ts";
import { writeLabels, writeText } from "./wire-text.ts";

/** A record of the outbox, as far as it is sent. */
export interface SentRecord {
  readonly seq: number;
  readonly samples: ReceivedSamples;
}

export interface EncodedBatch {
  readonly bytes: Uint8Array;
  readonly samples: number;
  /** Samples that were left out, because nobody knows their series any more. */
  readonly forgotten: number;
}

export class BatchEncoder {
  readonly #session: Uint8Array;
  readonly #slots = new Map<SeriesRef, number>();
  readonly #values: SlotValues = { words: new Uint32Array(0) };
  #tickSlots: Uint32Array = new Uint32Array(0);
  #number = 0;

  /** `session`: `sessionIdBytes` long. */
  constructor(session: Uint8Array) {
    this.#session = session;
  }

  /** Series that have a slot. */
  get series(): number {
    return this.#slots.size;
  }

  /** Series of the records that have no slot yet. */
  newSeries(records: readonly SentRecord[]): number {
    const fresh = new Set<SeriesRef>();
    for (const { samples } of records) {
      for (let i = 0; i < samples.count; i++) {
        const ref = samples.refs[i] ?? 0;
        if (!this.#slots.has(ref)) fresh.add(ref);
      }
    }
    return fresh.size;
  }

  /** The next batch of the session. It must arrive, or the session is over: the batch after it builds on it. */
  encode(records: readonly SentRecord[], labelsOf: (ref: SeriesRef) => Labels | undefined, state: string): EncodedBatch {
    const series = byteSink(4096);
    const body = byteSink(4096);
    const slots = new Slots(records);
    const known = this.#slots.size;
    let seq = 0;
    let timeMs = 0;
    for (const record of records) {
      const { samples } = record;
      const from = slots.count;
      const words = new Uint32Array(samples.values.buffer, samples.values.byteOffset, 2 * samples.count);
      for (let i = 0; i < samples.count; i++) {
        const slot = this.#slotOf(samples.refs[i] ?? 0, labelsOf, series);
        if (slot !== null) slots.add(slot, samples.timesMs[i] ?? 0, words, i);
      }
      writeSignedVarint(body, record.seq - seq);
      seq = record.seq;
      timeMs = this.#writeTimes(body, slots.slots.subarray(from, slots.count), slots.times.subarray(from, slots.count), timeMs);
      this.#writeHistograms(body, samples, labelsOf, series);
    }
    return {
      bytes: this.#assemble({ state, known, series, records: records.length, body, slots }),
      samples: slots.count,
      forgotten: slots.slots.length - slots.count,
    };
  }

  /** A tick where all times are the same, else columns; returns the time that the next record's counts from. */
  #writeTimes(body: ByteSink, slots: Uint32Array, times: Float64Array, lastMs: number): number {
    const first = times[0];
    if (first === undefined || !times.every((timeMs) => timeMs === first)) {
      writeByte(body, recordKinds.columns);
      writeSlots(body, slots);
      let timeMs = lastMs;
      for (const next of times) {
        writeSignedVarint(body, next - timeMs);
        timeMs = next;
      }
      return timeMs;
    }
    const same = isSame(slots, this.#tickSlots);
    writeByte(body, same ? recordKinds.sameSlots : recordKinds.newSlots);
    writeSignedVarint(body, first - lastMs);
    if (!same) {
      writeSlots(body, slots);
      this.#tickSlots = slots.slice();
    }
    return first;
  }

  #writeHistograms(
    body: ByteSink,
    { histograms = [] }: ReceivedSamples,
    labelsOf: (ref: SeriesRef) => Labels | undefined,
    series: ByteSink,
  ): void {
    const known = histograms.flatMap((sample) => {
      const slot = this.#slotOf(sample.ref, labelsOf, series);
      return slot === null ? [] : [{ ...sample, slot }];
    });
    writeVarint(body, known.length);
    for (const { slot, timeMs, histogram } of known) {
      writeVarint(body, slot);
      writeSignedVarint(body, timeMs);
      writeHistogram(body, histogram);
    }
  }

  #slotOf(ref: SeriesRef, labelsOf: (ref: SeriesRef) => Labels | undefined, series: ByteSink): number | null {
    const known = this.#slots.get(ref);
    if (known !== undefined) return known;
    const labels = labelsOf(ref);
    if (labels === undefined) return null;
    const slot = this.#slots.size;
    this.#slots.set(ref, slot);
    writeLabels(series, labels);
    return slot;
  }

  #assemble(parts: {
    readonly state: string;
    readonly known: number;
    readonly series: ByteSink;
    readonly records: number;
    readonly body: ByteSink;
    readonly slots: Slots;
  }): Uint8Array {
    const { state, known, series, records, body, slots } = parts;
    const batch = byteSink(series.length + body.length + planesBytes(slots.count) + state.length + 64);
    writeBytes(batch, batchMagic);
    writeBytes(batch, this.#session);
    writeVarint(batch, this.#number++);
    writeText(batch, state);
    writeVarint(batch, this.#slots.size - known);
    writeBytes(batch, sunkBytes(series));
    writeVarint(batch, slots.count);
    writeVarint(batch, records);
    writeBytes(batch, sunkBytes(body));
    reserveSlots(this.#values, this.#slots.size);
    const planes = new Uint8Array(planesBytes(slots.count));
    writePlanes(slots.values, slots.slots.subarray(0, slots.count), this.#values, planes);
    writeBytes(batch, planes);
    return sunkBytes(batch);
  }
}

/** The columns of a batch while it is filled; values go from one typed array to another, so that their bits stay. */
class Slots {
  readonly slots: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly #words: Uint32Array;
  count = 0;

  constructor(records: readonly SentRecord[]) {
    const samples = records.reduce((sum, record) => sum + record.samples.count, 0);
    this.slots = new Uint32Array(samples);
    this.times = new Float64Array(samples);
    this.values = new Float64Array(samples);
    this.#words = new Uint32Array(this.values.buffer);
  }

  /** `words`: of the values that the sample's, at `index`, is one of. */
  add(slot: number, timeMs: number, words: Uint32Array, index: number): void {
    const at = this.count++;
    this.slots[at] = slot;
    this.times[at] = timeMs;
    this.#words[2 * at] = words[2 * index] ?? 0;
    this.#words[2 * at + 1] = words[2 * index + 1] ?? 0;
  }
}

function writeSlots(body: ByteSink, slots: Uint32Array): void {
  writeVarint(body, slots.length);
  let last = 0;
  for (const slot of slots) {
    writeSignedVarint(body, slot - last);
    last = slot;
  }
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((slot, index) => slot === b[index]);
}
