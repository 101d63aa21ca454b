/**
 * Parquet, for pandas, DuckDB, Spark and the like. One row per sample, a series' rows together and in time order:
 *
 *     labels     STRING, a JSON object      {"__name__":"up","job":"a"}
 *     timestamp  TIMESTAMP(ms, UTC)
 *     value      DOUBLE                     NaN where the value is one
 *     nan_bits   INT64, mostly null         all 64 bits of a NaN that is not the ordinary one: stale markers and other payloads
 *
 * Lossless. Compressed with zstd. Row groups hold at most `rowGroupRows` rows, so that memory is bounded on both sides.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { ChainPulseError } from "../../core/errors.ts";
import type { Labels } from "../../core/labels.ts";
import { metricOf, parseJson } from "./json-lines.ts";
import { checkTime, importError, RunBuilder, type SeriesRun } from "./series-run.ts";
import { bitsOf, isNaNBits, quietNaNBits, wordsOfBits, wordsOfNumber, wordView } from "./special-values.ts";

/** Rows of a row group: 17 MB as JavaScript values. */
const rowGroupRows = 262_144;
/** Rows of a row group that are read at once, whoever wrote them: 300 MB as JavaScript values. */
const rowGroupRowsMax = 4_194_304;
/** Bound for what one page can make us allocate: writers make pages of about 1 MB. */
const pageBytesMax = 256 * 1024 * 1024;

const columns = ["labels", "timestamp", "value", "nan_bits"] as const;
const schema = [
  { name: "samples", num_children: columns.length },
  { name: "labels", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  { name: "timestamp", type: "INT64", converted_type: "TIMESTAMP_MILLIS", repetition_type: "REQUIRED" },
  { name: "value", type: "DOUBLE", repetition_type: "REQUIRED" },
  { name: "nan_bits", type: "INT64", repetition_type: "OPTIONAL" },
] as const;

/** The file in pieces, one per row group. The library is loaded here, because nothing else needs it. */
export async function* encodeParquet(runs: Iterable<SeriesRun>): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const buffer = new ByteWriter();
  const taken = (): Uint8Array => {
    const bytes = buffer.getBytes().slice();
    buffer.index = 0;
    return bytes;
  };
  const parquet = new ParquetWriter({
    writer: buffer,
    schema: [...schema],
    codec: "ZSTD",
    compressors: { ZSTD: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }) },
    createdBy: "chainpulse",
  });
  for (const { labels, timestamps, values, nanBits } of rowGroups(runs)) {
    // Without page indexes: the writer would keep them in memory up to the end.
    await parquet.write({
      rowGroupSize: rowGroupRows,
      columnData: [
        { name: "labels", data: labels, encoding: "RLE_DICTIONARY", offsetIndex: false },
        { name: "timestamp", data: timestamps, encoding: "DELTA_BINARY_PACKED", offsetIndex: false },
        // Not a dictionary: it would take −0 for 0. Split into byte planes, it compresses as well.
        { name: "value", data: values, encoding: "BYTE_STREAM_SPLIT", offsetIndex: false },
        { name: "nan_bits", data: nanBits, encoding: "PLAIN", offsetIndex: false },
      ],
    });
    yield taken();
  }
  await parquet.finish();
  yield taken();
}

/** Reads rows in any order; those of a series that lie together become one run. Throws `IMPORT_INVALID` with the row's number. */
export async function* decodeParquet(path: string): AsyncGenerator<SeriesRun> {
  const { asyncBufferFromFile, parquetScan } = await import("hyparquet");
  const open = async () => {
    const scan = await parquetScan({ file: await asyncBufferFromFile(path), compressors: { ZSTD: inflate }, parsers });
    const names = scan.metadata.schema.map(({ name }) => name);
    const missing = columns.filter((column) => column !== "nan_bits" && !names.includes(column));
    if (missing.length > 0) throw importError(path, `there is no column ${missing.join(", ")}`);
    return { scan, hasNanBits: names.includes("nan_bits") };
  };
  const { scan, hasNanBits } = await readable(path, open);
  const builder = new RunBuilder();
  for (const { rowStart, rowEnd } of scan.ranges) {
    const from = `the rows from ${rowStart} on`;
    if (rowEnd - rowStart > rowGroupRowsMax) {
      throw importError(from, `a row group of ${rowEnd - rowStart} rows; write the file with at most ${rowGroupRowsMax}`);
    }
    const read = (column: string): Promise<ArrayLike<unknown>> =>
      readable(from, () => scan.readColumn({ column, rowStart, rowEnd }));
    const rows: Rows = {
      labels: await read("labels"),
      timestamps: await read("timestamp"),
      values: await read("value"),
      nanBits: hasNanBits ? await read("nan_bits") : [],
    };
    yield* decodeRows(rows, rowStart, builder);
  }
  yield* builder.end();
}

/** As the library gives them: nothing is known of the elements. */
interface Rows {
  readonly labels: ArrayLike<unknown>;
  readonly timestamps: ArrayLike<unknown>;
  readonly values: ArrayLike<unknown>;
  readonly nanBits: ArrayLike<unknown>;
}

function* decodeRows(rows: Rows, firstRow: number, builder: RunBuilder): Generator<SeriesRun> {
  for (let i = 0; i < rows.labels.length; i++) {
    const where = `row ${firstRow + i}`;
    const text = rows.labels[i];
    yield* builder.begin(text, () => parseLabels(text, where));
    yield* builder.add(checkTime(rows.timestamps[i], where), ...wordsOf(rows.values[i], rows.nanBits[i], where));
  }
}

interface RowGroup {
  readonly labels: string[];
  readonly timestamps: BigInt64Array;
  readonly values: Float64Array;
  readonly nanBits: (bigint | null)[];
}

/** The runs' samples in full row groups, the last one smaller. */
function* rowGroups(runs: Iterable<SeriesRun>): Generator<RowGroup> {
  let rows = emptyRowGroup();
  let words = wordView(rows.values);
  for (const { labels, timestampsMs, values } of runs) {
    const text = JSON.stringify(labels);
    const source = wordView(values);
    for (const [i, timestampMs] of timestampsMs.entries()) {
      const at = rows.labels.length;
      const bits = bitsOf(source[2 * i] ?? 0, source[2 * i + 1] ?? 0);
      const isNaN = isNaNBits(bits);
      const [low, high] = wordsOfBits(isNaN ? quietNaNBits : bits);
      rows.labels.push(text);
      rows.timestamps[at] = BigInt(timestampMs);
      words[2 * at] = low;
      words[2 * at + 1] = high;
      rows.nanBits.push(isNaN && bits !== quietNaNBits ? BigInt.asIntN(64, bits) : null);
      if (at + 1 < rowGroupRows) continue;
      yield rows;
      rows = emptyRowGroup();
      words = wordView(rows.values);
    }
  }
  const count = rows.labels.length;
  if (count > 0) yield { ...rows, timestamps: rows.timestamps.subarray(0, count), values: rows.values.subarray(0, count) };
}

function emptyRowGroup(): RowGroup {
  return { labels: [], timestamps: new BigInt64Array(rowGroupRows), values: new Float64Array(rowGroupRows), nanBits: [] };
}

/** Times as numbers of ms, whatever unit the writer chose. */
const parsers = {
  timestampFromMilliseconds: (time: bigint) => Number(time),
  timestampFromMicroseconds: (time: bigint) => Number(time) / 1000,
  timestampFromNanoseconds: (time: bigint) => Number(time / 1000n) / 1000,
};

function inflate(bytes: Uint8Array): Uint8Array {
  return zstdDecompressSync(bytes, { maxOutputLength: pageBytesMax });
}

function parseLabels(text: unknown, where: string): Labels {
  const metric: unknown = typeof text === "string" ? parseJson(text, where) : text;
  if (typeof metric === "object" && metric !== null) return metricOf(metric, where);
  throw importError(where, "labels is no JSON object");
}

function wordsOf(value: unknown, nanBits: unknown, where: string): readonly [low: number, high: number] {
  if (typeof nanBits === "bigint") {
    const bits = BigInt.asUintN(64, nanBits);
    if (isNaNBits(bits)) return wordsOfBits(bits);
    throw importError(where, "nan_bits holds the bits of a number that is no NaN");
  }
  if (typeof value === "number") return wordsOfNumber(value);
  throw importError(where, "value is no number");
}

/** What the library cannot read is the file's fault. */
async function readable<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ChainPulseError) throw error;
    throw importError(where, `no readable Parquet: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}
