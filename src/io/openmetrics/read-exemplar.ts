/** Exemplars as they stand in scraped bodies: behind a sample in OpenMetrics text, and as a message in protobuf. */
import type { Labels } from "../../core/labels.ts";
import { ProtoReader } from "../protobuf/reader.ts";
import { addLabel, type GrowingLabels } from "./add-label.ts";
import { exemplarCharactersMax } from "./family-rules.ts";
import type { ParsedExemplar } from "./parsed-family.ts";
import { seriesLabels } from "./parse-text-format.ts";
import { TextScanner } from "./text-scanner.ts";

/** `# {trace_id="…"} 0.5 1700000000.1` → the exemplar; `null` where it is none, or has more text in its labels than the standard allows. */
export function readTextExemplar(bytes: Uint8Array): ParsedExemplar | null {
  const scanner = new TextScanner(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"));
  if (!scanner.take("#")) return null;
  scanner.skipBlanks();
  if (!scanner.take("{")) return null;
  const labels = seriesLabels(scanner);
  scanner.skipBlanks();
  const value = scanner.number("the exemplar's value, a number");
  scanner.skipBlanks();
  const timestampMs = scanner.atLineEnd ? null : scanner.number("the exemplar's time") * 1000;
  return withinBounds({ labels, value, timestampMs });
}

/** Message `io.prometheus.client.Exemplar`. Throws `ProtobufError`. */
export function readProtobufExemplar(bytes: Uint8Array): ParsedExemplar | null {
  const reader = new ProtoReader(bytes);
  const labels: GrowingLabels = {};
  let value = 0;
  let timestampMs: number | null = null;
  while (reader.next()) {
    if (reader.field === 1) {
      const [name, text] = labelPair(reader);
      addLabel(labels, name, text, name, 0);
    } else if (reader.field === 2) value = reader.double();
    else if (reader.field === 3) timestampMs = timeOf(reader);
    else reader.skip();
  }
  return withinBounds({ labels, value, timestampMs });
}

function labelPair(reader: ProtoReader): readonly [string, string] {
  const outer = reader.enter();
  let name = "";
  let text = "";
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) text = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return [name, text];
}

/** google.protobuf.Timestamp. */
function timeOf(reader: ProtoReader): number {
  const outer = reader.enter();
  let seconds = 0;
  let nanos = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int64AsNumber();
    else if (reader.field === 2) nanos = reader.int32();
    else reader.skip();
  }
  reader.leave(outer);
  return seconds * 1000 + nanos / 1e6;
}

function withinBounds(exemplar: ParsedExemplar): ParsedExemplar | null {
  return charactersOf(exemplar.labels) <= exemplarCharactersMax ? exemplar : null;
}

function charactersOf(labels: Labels): number {
  return Object.entries(labels).reduce((sum, [name, value]) => sum + Array.from(name).length + Array.from(value).length, 0);
}
