/** What attackers send to remote write, and what somebody sends by mistake. None of it may be taken, or cost much. */
import { gzipSync, zstdCompressSync } from "node:zlib";
import { compressSync } from "snappy";
import { ProtoWriter } from "../../src/io/protobuf/writer.ts";
import { contentTypes } from "./ingest-corpus.ts";

export interface HostileRequest {
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

const mebibyte = 1_048_576;

/** By name: what is sent. */
export const hostileRequests: Readonly<Record<string, HostileRequest>> = {
  snappyDeclares4GiB: packed("snappy", Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x0f, ...new Uint8Array(1000)])),
  snappyDeclaresMoreThanItCan: packed("snappy", Uint8Array.from([0x80, 0x80, 0x80, 0x1e, ...new Uint8Array(1000)])),
  snappyBomb: packed("snappy", compressSync(Buffer.alloc(60 * mebibyte))),
  zstdBomb: packed("zstd", zstdCompressSync(Buffer.alloc(512 * mebibyte))),
  gzipBomb: packed("gzip", gzipSync(Buffer.alloc(256 * mebibyte))),
  garbage: packed(
    "snappy",
    Uint8Array.from({ length: mebibyte }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24),
  ),
  tenThousandLabels: packed("snappy", compressSync(Buffer.from(manyLabels(10_000)))),
  labelOfOneMebibyte: packed("snappy", compressSync(Buffer.from(longLabel(mebibyte)))),
  // Just below what may be unpacked.
  labelOfThirtyMebibytes: packed("snappy", compressSync(Buffer.from(longLabel(30 * mebibyte)))),
  aMillionSeries: packed("snappy", compressSync(Buffer.from(manySeries(1_000_000)))),
  json: { contentType: "application/json", contentEncoding: "identity", body: Uint8Array.from(Buffer.from("{}")) },
};

function packed(contentEncoding: string, body: Uint8Array): HostileRequest {
  return { contentType: contentTypes[1], contentEncoding, body: Uint8Array.from(body) };
}

function manyLabels(count: number): Uint8Array {
  const writer = new ProtoWriter();
  const series = writer.begin(1);
  writeLabel(writer, "__name__", "m");
  for (let i = 0; i < count; i++) writeLabel(writer, `label_${i}`, "v");
  writeSample(writer);
  writer.end(series);
  return writer.finish();
}

function longLabel(length: number): Uint8Array {
  const writer = new ProtoWriter();
  const series = writer.begin(1);
  writeLabel(writer, "__name__", "m");
  writeLabel(writer, "long", "x".repeat(length));
  writeSample(writer);
  writer.end(series);
  return writer.finish();
}

function manySeries(count: number): Uint8Array {
  const writer = new ProtoWriter();
  for (let i = 0; i < count; i++) {
    const series = writer.begin(1);
    writeLabel(writer, "__name__", "m");
    writeLabel(writer, "i", String(i));
    writeSample(writer);
    writer.end(series);
  }
  return writer.finish();
}

function writeLabel(writer: ProtoWriter, name: string, value: string): void {
  const label = writer.begin(1);
  writer.string(1, name);
  writer.string(2, value);
  writer.end(label);
}

function writeSample(writer: ProtoWriter): void {
  const sample = writer.begin(2);
  writer.double(1, 1);
  writer.int(2, Date.now());
  writer.end(sample);
}
