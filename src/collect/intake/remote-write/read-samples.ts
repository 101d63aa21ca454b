/**
 * Samples of one series, as both versions of remote write have them: messages behind the tag of field 2 with a value (field 1, a double)
 * and a time (field 2, int64). The hot path: written out, byte by byte, for what every sender writes; the rest is left to the reader.
 */
import type { SeriesRef } from "../../../core/storage.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import type { WriteBatch } from "./write-batch.ts";

/** Field 2 of a series, of bytes; field 1 of a sample, of 64 bits; field 2 of a sample, a varint. */
const sampleTag = 0x12;
const valueTag = 0x09;
const timeTag = 0x10;
/** Bytes of a varint that a number holds exactly: 49 bits, times until the year 19,000. */
const timeBytesMax = 7;

/** Reads samples from `at` as long as they look as usual, into the batch. Returns where it stopped; the rest is for `readSample`. */
export function readSamples(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  to: number,
  ref: SeriesRef,
  batch: WriteBatch,
): number {
  const { columns, oldestMs, newestMs } = batch;
  let count = 0;
  while (at + 2 <= to && bytes[at] === sampleTag) {
    const end = at + 2 + (bytes[at + 1] ?? 0);
    let next = at + 2;
    let low = 0;
    let high = 0;
    // Zeros are left out by who writes them.
    if (bytes[next] === valueTag && next + 9 <= end && end <= to) {
      low = view.getUint32(next + 1, true);
      high = view.getUint32(next + 5, true);
      next += 9;
    }
    if (end > to || bytes[next] !== timeTag || end - next > timeBytesMax + 1 || end - next < 2) break;
    let timeMs = (bytes[end - 1] ?? 0) & 0x7f;
    let isVarint = (bytes[end - 1] ?? 0) < 0x80;
    for (let digit = end - 2; digit > next; digit--) {
      const byte = bytes[digit] ?? 0;
      isVarint &&= byte >= 0x80;
      timeMs = timeMs * 128 + (byte & 0x7f);
    }
    if (!isVarint) break;
    at = end;
    if (timeMs < oldestMs || timeMs > newestMs) {
      batch.refuseTime(timeMs);
      continue;
    }
    columns.push(ref, timeMs, low, high);
    count++;
  }
  batch.samples += count;
  return at;
}

/** One sample at the reader, however it is written. */
export function readSample(reader: ProtoReader, ref: SeriesRef, batch: WriteBatch): void {
  let [low, high, timeMs] = [0, 0, 0];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) {
      reader.fixed64();
      [low, high] = [reader.low, reader.high];
    } else if (reader.field === 2) timeMs = reader.int64AsNumber();
    else reader.skip();
  }
  reader.leave(outer);
  addSample(ref, timeMs, low, high, batch);
}

export function addSample(ref: SeriesRef, timeMs: number, low: number, high: number, batch: WriteBatch): void {
  if (timeMs < batch.oldestMs || timeMs > batch.newestMs) return batch.refuseTime(timeMs);
  batch.columns.push(ref, timeMs, low, high);
  batch.samples++;
}
