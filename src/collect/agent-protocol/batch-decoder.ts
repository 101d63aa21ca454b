/**
 * The hub's side of a session: batches → samples of slots. What comes from outside is checked before anything is allocated for it; all
 * that is wrong with a batch is a `DamagedFileError`, after which the session is of no use any more.
 */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { readHistogram } from "../../store/codec/histogram-code.ts";
import { type ByteSource, readByte, readBytes, readCount, readSignedVarint, readVarint } from "../../store/codec/varint.ts";
import { DamagedFileError } from "../../store/database.ts";
import { batchLimits, batchMagic, recordKinds, reserveSlots, sessionIdBytes, type SlotValues } from "./batch-format.ts";
import { planesBytes, readPlanes } from "./value-planes.ts";
import { readLabels, readText } from "./wire-text.ts";

/** What a batch says before its samples; they follow at `rest`. */
export interface BatchHead {
  /** Hexadecimal. */
  readonly session: string;
  readonly number: number;
  readonly state: string;
  readonly rest: ByteSource;
}

/** A series' labels as they were sent: pairs in any order, perhaps twice the same name. */
export type SentLabels = readonly (readonly [name: string, value: string])[];

export interface SlotHistogram {
  readonly slot: number;
  readonly timeMs: number;
  readonly histogram: NativeHistogram;
}

/** The samples of a batch in the order of its records; the arrays have the same length. */
export interface DecodedSamples {
  readonly slots: Uint32Array;
  readonly timesMs: Float64Array;
  /** Carried as bits. */
  readonly values: Float64Array;
  readonly histograms: readonly SlotHistogram[];
  /** Of the last record; `null` where there is none. */
  readonly lastSeq: number | null;
}

export function readHead(bytes: Uint8Array): BatchHead {
  const rest = { bytes, at: 0 };
  const magic = readBytes(rest, batchMagic.length);
  if (!magic.every((byte, index) => byte === batchMagic[index])) throw new DamagedFileError("this is no batch of an agent");
  const session = Buffer.from(readBytes(rest, sessionIdBytes)).toString("hex");
  return { session, number: readVarint(rest), state: readText(rest, batchLimits.stateBytes), rest };
}

/** What the hub remembers of a session to read its next batch. */
export class BatchDecoder {
  readonly #values: SlotValues = { words: new Uint32Array(0) };
  readonly #seriesMax: number;
  #tickSlots: Uint32Array = new Uint32Array(0);
  #series = 0;
  #number = 0;

  /** `seriesMax`: slots that the session may take. */
  constructor(seriesMax: number) {
    this.#seriesMax = seriesMax;
  }

  /** Of the batch that the session goes on with. */
  get nextNumber(): number {
    return this.#number;
  }

  /** The labels of the batch's new series, whose slots follow those before; to be called once, before `samples`. */
  series({ rest }: BatchHead): readonly SentLabels[] {
    const count = readCount(rest, 1);
    if (this.#series + count > this.#seriesMax) {
      throw new DamagedFileError(`the session has more than ${this.#seriesMax} series`);
    }
    this.#series += count;
    return Array.from({ length: count }, () => readLabels(rest));
  }

  /** The batch's samples; the session is ready for the next batch then. */
  samples({ rest }: BatchHead): DecodedSamples {
    const columns = new Columns(readCount(rest, planesBytes(1)), this.#series);
    const records = readCount(rest, 3);
    const histograms: SlotHistogram[] = [];
    let seq = 0;
    let timeMs = 0;
    for (let record = 0; record < records; record++) {
      seq += readSignedVarint(rest);
      timeMs = this.#readRecord(rest, columns, timeMs);
      const count = readCount(rest, 3);
      for (let i = 0; i < count; i++) histograms.push(this.#readHistogram(rest));
    }
    columns.close();
    const planes = readBytes(rest, planesBytes(columns.slots.length));
    if (rest.at !== rest.bytes.length) throw new DamagedFileError("something follows the batch");
    reserveSlots(this.#values, this.#series);
    const values = readPlanes(planes, columns.slots, this.#values);
    this.#number++;
    return { slots: columns.slots, timesMs: columns.timesMs, values, histograms, lastSeq: records === 0 ? null : seq };
  }

  #readRecord(rest: ByteSource, columns: Columns, lastMs: number): number {
    const kind = readByte(rest);
    if (kind === recordKinds.columns) {
      const from = columns.count;
      columns.readSlots(rest);
      let timeMs = lastMs;
      for (let at = from; at < columns.count; at++) {
        timeMs += readSignedVarint(rest);
        columns.timesMs[at] = timeMs;
      }
      return timeMs;
    }
    const timeMs = lastMs + readSignedVarint(rest);
    if (kind === recordKinds.newSlots) this.#tickSlots = columns.readSlots(rest).slice();
    else if (kind === recordKinds.sameSlots) columns.add(this.#tickSlots);
    else throw new DamagedFileError(`a record of the unknown kind ${kind}`);
    columns.timesMs.fill(timeMs, columns.count - this.#tickSlots.length, columns.count);
    return timeMs;
  }

  #readHistogram(rest: ByteSource): SlotHistogram {
    const slot = readVarint(rest);
    if (slot >= this.#series) throw new DamagedFileError("a histogram of a series that was not told");
    return { slot, timeMs: readSignedVarint(rest), histogram: readHistogram(rest) };
  }
}

/** The columns while they are filled: as long as the batch says that it has samples. */
class Columns {
  readonly slots: Uint32Array;
  readonly timesMs: Float64Array;
  readonly #series: number;
  count = 0;

  constructor(samples: number, series: number) {
    this.slots = new Uint32Array(samples);
    this.timesMs = new Float64Array(samples);
    this.#series = series;
  }

  add(slots: Uint32Array): void {
    if (this.count + slots.length > this.slots.length) throw tooMany();
    this.slots.set(slots, this.count);
    this.count += slots.length;
  }

  /** Returns what was read, as a part of the column. */
  readSlots(rest: ByteSource): Uint32Array {
    const from = this.count;
    const count = readCount(rest, 1);
    if (from + count > this.slots.length) throw tooMany();
    let slot = 0;
    for (let i = 0; i < count; i++) {
      slot += readSignedVarint(rest);
      if (slot < 0 || slot >= this.#series) throw new DamagedFileError("a sample of a series that was not told");
      this.slots[this.count++] = slot;
    }
    return this.slots.subarray(from, this.count);
  }

  close(): void {
    if (this.count !== this.slots.length) throw new DamagedFileError("the batch has fewer samples than it says");
  }
}

function tooMany(): DamagedFileError {
  return new DamagedFileError("the batch has more samples than it says");
}
