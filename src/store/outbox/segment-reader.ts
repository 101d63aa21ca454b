/** Reads one segment from its beginning to where its writer has come. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { OutboxRecord } from "./outbox-record.ts";
import { decodeReceived } from "./received-codec.ts";
import { type Frame, frameKinds, readSegmentHead, readFrame, segmentHeaderBytes } from "./segment-format.ts";
import type { Segment } from "./segment-files.ts";
import { decodeTick } from "./tick-codec.ts";
import { decodeRefs, layoutSlots, TickLayouts } from "./tick-layouts.ts";
import { DamagedFileError } from "../database.ts";

const readBytes = 256 * 1024;
const timeBytes = 8;

export class SegmentReader {
  readonly segment: Segment;
  readonly #file: number;
  readonly #layouts = new TickLayouts();
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** The part of the buffer that is not decoded yet. */
  #from = 0;
  #to = 0;
  /** Of the file: up to here it was read. */
  #fileAt = 0;
  #hasHeader = false;
  #samplesRead = 0;

  /** Throws what the system throws, `ENOENT` where the segment has been dropped. */
  constructor(segment: Segment) {
    this.segment = segment;
    this.#file = openSync(segment.path, "r");
  }

  /** Samples that were ever put into the outbox up to the record read last. */
  get samplesRead(): number {
    return this.#samplesRead;
  }

  /** Bytes of the file up to the record read last. */
  get bytesRead(): number {
    return this.#fileAt - (this.#to - this.#from);
  }

  /** Whether there is a part of a record behind the last one that is whole. */
  get hasRest(): boolean {
    return this.#to > this.#from;
  }

  /** Whether the file has been dropped since it was opened. */
  get isGone(): boolean {
    return fstatSync(this.#file).nlink === 0;
  }

  /**
   * The next record; `null` where there is none yet. Throws `DamagedFileError` where the file is not what was written; what follows
   * there cannot be read.
   */
  next(): OutboxRecord | null {
    if (!this.#hasHeader && !this.#readHeader()) return null;
    for (;;) {
      const frame = readFrame(this.#buffer.subarray(0, this.#to), this.#from);
      if ("problem" in frame) {
        if (frame.problem === "damaged") throw new DamagedFileError(`a record of ${this.segment.path} is damaged`);
        if (!this.#fill(frame.bytes)) return null;
        continue;
      }
      this.#from = frame.end;
      this.#samplesRead += frame.samples;
      const record = this.#take(frame);
      if (record !== null) return record;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #readHeader(): boolean {
    if (!this.#fill(segmentHeaderBytes)) return false;
    const head = readSegmentHead(this.#buffer);
    if (head === null) throw new DamagedFileError(`${this.segment.path} is no segment of this version`);
    this.#samplesRead = head.samplesBefore;
    this.#from = segmentHeaderBytes;
    this.#hasHeader = true;
    return true;
  }

  /** Reads on until `wanted` bytes are there that are not decoded; false where the file has no more. */
  #fill(wanted: number): boolean {
    const rest = this.#buffer.subarray(this.#from, this.#to);
    if (this.#buffer.length < wanted) this.#buffer = new Uint8Array(Math.max(wanted, readBytes));
    this.#buffer.set(rest);
    let to = rest.length;
    for (let read = 1; read > 0 && to < this.#buffer.length; to += read) {
      read = readSync(this.#file, this.#buffer, to, this.#buffer.length - to, this.#fileAt);
      this.#fileAt += read;
    }
    [this.#from, this.#to] = [0, to];
    return to >= wanted;
  }

  #take({ kind, detail, seq, samples: count, payload }: Frame): OutboxRecord | null {
    switch (kind) {
      case frameKinds.layout: {
        if (detail >= layoutSlots) throw new DamagedFileError(`${this.segment.path} has a layout in a slot that there is not`);
        this.#layouts.set(detail, decodeRefs(payload));
        return null;
      }
      case frameKinds.tick:
        return { seq, samples: this.#tick(detail, count, payload) };
      case frameKinds.received:
        return { seq, samples: decodeReceived(detail, payload) };
      default:
        throw new DamagedFileError(`${this.segment.path} has a record of an unknown kind`);
    }
  }

  #tick(slot: number, count: number, payload: Uint8Array): OutboxRecord["samples"] {
    const layout = this.#layouts.at(slot);
    if (layout?.refs.length !== count) throw new DamagedFileError(`${this.segment.path} has a tick without its layout`);
    decodeTick(payload, timeBytes, layout.words, count);
    const timestampMs = new DataView(payload.buffer, payload.byteOffset).getFloat64(0, true);
    return {
      count,
      refs: layout.refs,
      timesMs: new Float64Array(count).fill(timestampMs),
      values: new Float64Array(layout.words.slice().buffer),
    };
  }
}
