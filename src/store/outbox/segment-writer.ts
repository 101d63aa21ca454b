/** One segment that is being written: frames go to the end of the file, each in one call, so that a reader sees whole ones. */
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { ReceivedSamples } from "../../core/storage.ts";
import { sunkBytes } from "../codec/varint.ts";
import { LogSync, type OnSyncFailure } from "../partition/log-sync.ts";
import { sampleCount } from "./outbox-record.ts";
import { encodeReceived } from "./received-codec.ts";
import {
  bodyHeaderBytes,
  type Frame,
  frameHeaderBytes,
  frameKinds,
  sealFrame,
  type SegmentHead,
  writeSegmentHead,
} from "./segment-format.ts";
import { removeSegment, type Segment } from "./segment-files.ts";
import { encodeTick, tickBytesMax } from "./tick-codec.ts";
import { encodeRefs, TickLayouts } from "./tick-layouts.ts";

const payloadAt = frameHeaderBytes + bodyHeaderBytes;
const timeBytes = 8;

export class SegmentWriter {
  readonly segment: Segment;
  readonly #file: number;
  readonly #layouts = new TickLayouts();
  /** Where frames are put together; grows to the largest. */
  #scratch: Uint8Array<ArrayBuffer>;
  #bytes = 0;
  readonly #sync: LogSync;

  /** Throws what the system throws, also where the file is there already. A file without its head does not stay behind. */
  constructor(segment: Segment, head: SegmentHead) {
    this.segment = segment;
    this.#file = openSync(segment.path, "ax", 0o600);
    this.#sync = new LogSync(segment.path);
    this.#scratch = new Uint8Array(4096);
    try {
      this.#write(writeSegmentHead(head));
    } catch (error) {
      closeSync(this.#file);
      removeSegment(segment.path);
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Durable against a kill on return. Throws what the system throws; nothing of the tick is in the file then. */
  appendTick(seq: number, timestampMs: number, refs: Uint32Array, values: Float64Array): void {
    let slot = this.#layouts.find(refs);
    if (slot === -1) {
      slot = this.#layouts.freeSlot();
      this.#writeFrame({ kind: frameKinds.layout, detail: slot, samples: 0, seq: 0 }, sunkBytes(encodeRefs(refs)));
      this.#layouts.set(slot, refs.slice());
    }
    const layout = this.#layouts.at(slot);
    if (layout === undefined) throw new Error("a layout that was just set is gone");
    const words = new Uint32Array(values.buffer, values.byteOffset, 2 * refs.length);
    const scratch = this.#reserve(payloadAt + timeBytes + tickBytesMax(refs.length));
    new DataView(scratch.buffer).setFloat64(payloadAt, timestampMs, true);
    const end = encodeTick(words, layout.words, refs.length, scratch, payloadAt + timeBytes);
    this.#write(sealFrame(scratch, end - payloadAt, { kind: frameKinds.tick, detail: slot, samples: refs.length, seq }));
    layout.words.set(words);
  }

  /** The same for what a door has received. */
  appendReceived(seq: number, received: ReceivedSamples): void {
    const { detail, payload } = encodeReceived(received);
    this.#writeFrame({ kind: frameKinds.received, detail, samples: sampleCount(received), seq }, payload);
  }

  sync(): void {
    this.#sync.sync();
  }

  /** Resolves when what was appended before is on the disk. */
  synced(onFailure: OnSyncFailure): Promise<void> {
    return this.#sync.synced(onFailure);
  }

  /** Starts to do that. */
  syncSoon(onFailure: OnSyncFailure): void {
    this.#sync.start(onFailure);
  }

  close(): void {
    this.#sync.close();
    closeSync(this.#file);
  }

  #writeFrame(head: Pick<Frame, "kind" | "detail" | "samples" | "seq">, payload: Uint8Array): void {
    const scratch = this.#reserve(payloadAt + payload.length);
    scratch.set(payload, payloadAt);
    this.#write(sealFrame(scratch, payload.length, head));
  }

  /** All of it or nothing: a disk that fills up takes a part, and what follows a part could not be read. */
  #write(frame: Uint8Array): void {
    try {
      for (let done = 0; done < frame.length;) done += writeSync(this.#file, frame, done);
      this.#bytes += frame.length;
      this.#sync.wrote();
    } catch (error) {
      ftruncateSync(this.#file, this.#bytes);
      throw error;
    }
  }

  #reserve(bytes: number): Uint8Array<ArrayBuffer> {
    if (this.#scratch.length < bytes) this.#scratch = new Uint8Array(Math.ceil(bytes * 1.25));
    return this.#scratch;
  }
}
