/** The labels of a series from the bytes of a scraped line that name it. */
import { isUtf8 } from "node:buffer";
import type { Labels } from "../../core/labels.ts";
import { formatBound } from "./format-bound.ts";
import { seriesName } from "./parse-text-format.ts";
import { TextScanner } from "./text-scanner.ts";

export interface SeriesKey {
  readonly name: string;
  /** Without `__name__`, in the order in which they stand, empty values included. */
  readonly labels: Labels;
}

/** The type of the family at hand, where its series have a label that is a number. */
export type BoundedType = keyof typeof boundLabels | null;

/**
 * `name{a="b"}` → name and labels. Bounds of buckets and quantiles get one spelling for one number (`1` → `1.0`), as in Prometheus 3.
 * Throws `EXPOSITION_INVALID`; columns in its message count from the key's beginning.
 * Source: Prometheus 3 model/textparse/promparse.go, `normalizeFloatsInLabelValues`.
 */
export function readSeriesKey(bytes: Uint8Array, from: number, to: number, type: BoundedType): SeriesKey {
  const part = bytes.subarray(from, to);
  const scanner = new TextScanner(Buffer.from(part.buffer, part.byteOffset, part.length).toString("utf8"));
  if (!isUtf8(part)) scanner.fail("UTF-8 text");
  const { name, labels } = seriesName(scanner);
  scanner.skipBlanks();
  if (!scanner.done) scanner.fail("a blank and the value");
  const bound = type === null ? null : boundLabels[type];
  if (bound === null || !Object.hasOwn(labels, bound)) return { name, labels };
  return { name, labels: { ...labels, [bound]: formatBound(labels[bound] ?? "") } };
}

const boundLabels = { histogram: "le", summary: "quantile" } as const;
