/**
 * The files of the outbox. Each is whole in itself: it begins with no layout, so that it is read without those before it, and its loss
 * costs nothing but itself.
 *
 * ```
 * segment  "CPOB" | version u32 | begun, ms since the epoch f64 | samples in all segments before f64 | frames …   little-endian
 * frame    length u32 | crc u32 | body                             crc: CRC-32 of the body; length: of the body
 * body     kind u8 | detail u8 | 0 u16 | samples u32 | seq f64 | payload
 *
 * layout   detail: its slot; no samples, no seq      payload: refs, see tick-layouts.ts
 * tick     detail: the slot of its layout            payload: time f64 | values, see tick-codec.ts
 * received detail: 0 as it is, 1 zstd                payload: columns, see received-codec.ts
 * ```
 * A frame that ends behind the end of the file was cut off by a kill: nobody was told that it is stored.
 */
import { crc32 } from "node:zlib";

export const segmentHeaderBytes = 24;
export const frameHeaderBytes = 8;
export const bodyHeaderBytes = 16;
/** A length beyond it is damage: doors take far less in at once. */
const bodyBytesMax = 256 * 1024 * 1024;

const magic = 0x424f5043;
const version = 1;

export const frameKinds = { layout: 1, tick: 2, received: 3 } as const;

/** One frame as it lies in a buffer. */
export interface Frame {
  readonly kind: number;
  readonly detail: number;
  readonly samples: number;
  readonly seq: number;
  readonly payload: Uint8Array;
  /** Where the next one begins. */
  readonly end: number;
}

/** `incomplete`: it goes on behind the end of the buffer, and is `bytes` long altogether where that is known. */
export type FrameProblem = { readonly problem: "damaged" } | { readonly problem: "incomplete"; readonly bytes: number };

/** What a segment's first bytes say. */
export interface SegmentHead {
  readonly beganMs: number;
  /** Samples that were ever put into the outbox before this segment. */
  readonly samplesBefore: number;
}

export function writeSegmentHead({ beganMs, samplesBefore }: SegmentHead): Uint8Array {
  const view = new DataView(new ArrayBuffer(segmentHeaderBytes));
  view.setUint32(0, magic, true);
  view.setUint32(4, version, true);
  view.setFloat64(8, beganMs, true);
  view.setFloat64(16, samplesBefore, true);
  return new Uint8Array(view.buffer);
}

/** `null` where these are not the first bytes of a segment. */
export function readSegmentHead(bytes: Uint8Array): SegmentHead | null {
  if (bytes.length < segmentHeaderBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== magic || view.getUint32(4, true) !== version) return null;
  return { beganMs: view.getFloat64(8, true), samplesBefore: view.getFloat64(16, true) };
}

/** Writes the header of a frame whose payload of `length` bytes is in `bytes` already, behind room for it. Returns the frame. */
export function sealFrame(
  bytes: Uint8Array,
  length: number,
  head: Pick<Frame, "kind" | "detail" | "samples" | "seq">,
): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = frameHeaderBytes + bodyHeaderBytes + length;
  bytes[frameHeaderBytes] = head.kind;
  bytes[frameHeaderBytes + 1] = head.detail;
  view.setUint16(frameHeaderBytes + 2, 0, true);
  view.setUint32(frameHeaderBytes + 4, head.samples, true);
  view.setFloat64(frameHeaderBytes + 8, head.seq, true);
  view.setUint32(0, bodyHeaderBytes + length, true);
  view.setUint32(4, crc32(bytes.subarray(frameHeaderBytes, end)), true);
  return bytes.subarray(0, end);
}

/** The frame at `at`; its payload is a part of `bytes`. */
export function readFrame(bytes: Uint8Array, at: number): Frame | FrameProblem {
  const rest = bytes.length - at;
  if (rest < frameHeaderBytes) return { problem: "incomplete", bytes: frameHeaderBytes };
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, rest);
  const length = view.getUint32(0, true);
  if (length < bodyHeaderBytes || length > bodyBytesMax) return { problem: "damaged" };
  if (rest < frameHeaderBytes + length) return { problem: "incomplete", bytes: frameHeaderBytes + length };
  const body = at + frameHeaderBytes;
  if (crc32(bytes.subarray(body, body + length)) !== view.getUint32(4, true)) return { problem: "damaged" };
  return {
    kind: view.getUint8(frameHeaderBytes),
    detail: view.getUint8(frameHeaderBytes + 1),
    samples: view.getUint32(frameHeaderBytes + 4, true),
    seq: view.getFloat64(frameHeaderBytes + 8, true),
    payload: bytes.subarray(body + bodyHeaderBytes, body + length),
    end: body + length,
  };
}
