/** Labels of a series as remote write 1.0 sends them: `Label` messages (name = 1, value = 2), each behind the tag of field 1. */
import type { IngestConfig } from "../../../core/config-ingest.ts";
import { type Labels, metricNameLabel } from "../../../core/labels.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { isTooLong, tooLong } from "../label-length.ts";
import type { Refusal } from "./refusals.ts";

export type LabelLimits = Pick<IngestConfig, "max_labels" | "max_label_name_bytes" | "max_label_value_bytes">;

/** Of all labels of one series, as they are sent. The store takes half as many characters. */
export const labelBytesMax = 131_072;

export type ReadLabels = { readonly labels: Labels } | { readonly refusal: Refusal };

export type Pairs = [name: string, value: string][];

/**
 * Sorted by name, without empty values, which are the same as none; or why the series is not taken. Names are any text but the empty one,
 * as in Prometheus 3; U+0000 is what the store keeps them apart by.
 */
export function readLabels(bytes: Uint8Array, from: number, to: number, limits: LabelLimits): ReadLabels {
  if (to - from > labelBytesMax) return { refusal: tooMuch(`its labels have more than ${labelBytesMax} bytes together`) };
  const pairs: Pairs = [];
  try {
    const refusal = readPairs(new ProtoReader(bytes, from, to), limits, pairs);
    return refusal === null ? labelsOf(pairs) : { refusal };
  } catch (error) {
    // It is about this series only: the request's own structure has been read already.
    if (!(error instanceof ProtobufError)) throw error;
    return invalid(`its labels cannot be read (${error.message})`);
  }
}

/** The labels as an object; for exemplars too, which need no name of a metric. */
export function sortedLabels(pairs: Pairs): Labels {
  // From entries, because assigning to a label `__proto__` would set the prototype.
  return Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One `Label`. Returns why the limits do not let it pass. */
export function readPair(reader: ProtoReader, limits: LabelLimits, pairs: Pairs): Refusal | null {
  if (pairs.length >= limits.max_labels) return tooMuch(`it has more than ${limits.max_labels} labels (ingest.max_labels)`);
  let name = "";
  let value = "";
  const outer = reader.enter();
  while (reader.next()) {
    const { at } = reader;
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
    // The length's own bytes are in there too, which does not matter here.
    const length = reader.at - at;
    if (reader.field === 1 && length > limits.max_label_name_bytes + 3) {
      return tooMuch(`the name of a label is too long: ${name.slice(0, 40)}… (ingest.max_label_name_bytes)`);
    }
    if (reader.field === 2 && length > limits.max_label_value_bytes + 3) {
      return tooMuch(`the value of its label ${name.slice(0, 40)} is too long (ingest.max_label_value_bytes)`);
    }
  }
  reader.leave(outer);
  pairs.push([name, value]);
  return null;
}

function readPairs(reader: ProtoReader, limits: LabelLimits, pairs: Pairs): Refusal | null {
  while (reader.next()) {
    const refusal = readPair(reader, limits, pairs);
    if (refusal !== null) return refusal;
  }
  return null;
}

function labelsOf(pairs: Pairs): ReadLabels {
  const names = new Set<string>();
  for (const [name, value] of pairs) {
    if (name === "") return invalid("a label has no name");
    if (name.includes("\u0000") || value.includes("\u0000"))
      return invalid(`there is a NUL in its label ${JSON.stringify(name)}`);
    if (names.has(name)) return invalid(`it has the label ${name} twice`);
    names.add(name);
  }
  const labels = sortedLabels(pairs.filter(([, value]) => value !== ""));
  if (isTooLong(labels)) return { refusal: tooLong };
  if (!Object.hasOwn(labels, metricNameLabel)) return invalid(`a series has no ${metricNameLabel}`);
  return { labels };
}

function invalid(message: string): ReadLabels {
  return { refusal: { reason: "invalid", message } };
}

function tooMuch(message: string): Refusal {
  return { reason: "label_limit", message };
}
