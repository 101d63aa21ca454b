/** Texts and labels of a batch: their length in bytes, then UTF-8. */
import type { Labels } from "../../core/labels.ts";
import { type ByteSink, type ByteSource, readBytes, readVarint, writeBytes, writeVarint } from "../../store/codec/varint.ts";
import { DamagedFileError } from "../../store/database.ts";
import { batchLimits } from "./batch-format.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function writeText(sink: ByteSink, text: string): void {
  const bytes = encoder.encode(text);
  writeVarint(sink, bytes.length);
  writeBytes(sink, bytes);
}

/** Throws `DamagedFileError` for one that is longer or no UTF-8. */
export function readText(source: ByteSource, bytesMax: number): string {
  const length = readVarint(source);
  if (length > bytesMax) throw new DamagedFileError(`a text has ${length} bytes, where ${bytesMax} are the most`);
  try {
    return decoder.decode(readBytes(source, length));
  } catch (error) {
    if (error instanceof TypeError) throw new DamagedFileError("a text is no UTF-8");
    throw error;
  }
}

export function writeLabels(sink: ByteSink, labels: Labels): void {
  const pairs = Object.entries(labels);
  writeVarint(sink, pairs.length);
  for (const [name, value] of pairs) {
    writeText(sink, name);
    writeText(sink, value);
  }
}

/** As pairs, in the order sent: what they must be like is the reader's business. Throws `DamagedFileError` beyond the limits. */
export function readLabels(source: ByteSource): readonly (readonly [name: string, value: string])[] {
  const count = readVarint(source);
  if (count > batchLimits.labelsPerSeries) {
    throw new DamagedFileError(`a series has ${count} labels, where ${batchLimits.labelsPerSeries} are the most`);
  }
  return Array.from({ length: count }, () => [
    readText(source, batchLimits.labelBytes),
    readText(source, batchLimits.labelBytes),
  ]);
}
