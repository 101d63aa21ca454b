/**
 * The points of one series as text: `[1700000000,"1"],[1700000030,"2"]`. An answer has up to a million of them, and half of what a large
 * one costs is this loop: what stands before the values is the same in most series, and is copied in words instead of bytes.
 */
import { numberBytesMax, writeNumber, writeSeconds, writeShortNumber } from "./text-bytes.ts";

/** What stands before the value at each time: `[1700000000,"`, and of all but the first also the end of the point before it. */
export interface PointBeginnings {
  /** `wordsEach` for each time, little-endian. */
  readonly words: Int32Array;
  /** In bytes. */
  readonly lengths: Uint8Array;
}

/** For `"],[`, a time, and `,"`. */
const wordsEach = 8;
/** More than any point takes, with the bytes that are written behind a beginning because they are in its last word. */
export const pointBytesMax = 4 * wordsEach + numberBytesMax;
const pointEnd = '"]';

/** The beginnings for the times of each series; those of the last array of times are kept, because most series of an answer share it. */
export function beginningsFinder(): (timestampsMs: Float64Array) => PointBeginnings {
  let last: Float64Array | null = null;
  let beginnings: PointBeginnings = { words: new Int32Array(), lengths: new Uint8Array() };
  return (timestampsMs) => {
    if (last !== timestampsMs) beginnings = beginningsOf(timestampsMs);
    last = timestampsMs;
    return beginnings;
  };
}

function beginningsOf(timestampsMs: Float64Array): PointBeginnings {
  const bytes = Buffer.alloc(4 * wordsEach * timestampsMs.length);
  const lengths = Uint8Array.from(timestampsMs, (timeMs, i) => {
    const at = 4 * wordsEach * i;
    const end = writeSeconds(bytes, at + bytes.write(i === 0 ? "[" : `${pointEnd},[`, at), timeMs);
    return end + bytes.write(',"', end) - at;
  });
  return { words: Int32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(4 * i)), lengths };
}

/** Returns where the text ends; there is room for `pointBytesMax` a point. */
export function writePoints(bytes: Buffer, at: number, values: Float64Array, beginnings: PointBeginnings): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = at;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    const start = writeBeginning(view, end, beginnings, i);
    const shortEnd = writeShortNumber(bytes, start, value);
    if (shortEnd !== -1) end = shortEnd;
    else if (Number.isFinite(value)) {
      // Where one is long, those after it mostly are.
      const next = Math.min(i + longAtOnce, values.length);
      end = writeLongPoints(bytes, end, values, beginnings, i, next);
      i = next - 1;
    } else end = writeNumber(bytes, start, value);
  }
  return values.length === 0 ? end : end + bytes.write(pointEnd, end);
}

function writeBeginning(view: DataView, at: number, { words, lengths }: PointBeginnings, i: number): number {
  const end = at + (lengths[i] ?? 0);
  let word = wordsEach * i;
  for (let to = at; to < end; to += 4) view.setInt32(to, words[word++] ?? 0, true);
  return end;
}

/** So many of them are made JSON of at once. */
const longAtOnce = 512;
const json = Buffer.alloc((numberBytesMax + 1) * longAtOnce + 1);
const comma = 0x2c;
const bracket = 0x5d;

/**
 * Those from `first` to before `next`. Their digits are found by making JSON of all of them: as strings one by one, each of which V8
 * keeps for a while, they take twice as long: 723,000 of them with their times 200 ms instead of 90.
 */
function writeLongPoints(
  bytes: Buffer,
  at: number,
  values: Float64Array,
  beginnings: PointBeginnings,
  first: number,
  next: number,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  json.write(JSON.stringify(Array.from(values.subarray(first, next))), "latin1");
  // Behind the bracket.
  let from = 1;
  let end = at;
  for (let i = first; i < next; i++) {
    const value = values[i] ?? Number.NaN;
    const start = writeBeginning(view, end, beginnings, i);
    end = start;
    for (let byte = json[from++] ?? 0; byte !== comma && byte !== bracket; byte = json[from++] ?? 0) bytes[end++] = byte;
    if (!isSameInJson(value)) end = writeNumber(bytes, start, value);
  }
  return end;
}

/** The others JSON has as `null`, without their sign, or with another exponent. */
function isSameInJson(value: number): boolean {
  const size = Math.abs(value);
  return (size >= 1e-6 && size < 1e21) || Object.is(value, 0);
}
