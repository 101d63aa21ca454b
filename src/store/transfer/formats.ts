/** The formats by their names on the command line. */
import { decodeJsonLines, encodeJsonLines } from "./json-lines.ts";
import { decodeOpenMetrics, encodeOpenMetrics } from "./open-metrics.ts";
import { decodeParquet, encodeParquet } from "./parquet.ts";
import { readLines } from "./read-lines.ts";
import type { SeriesRun } from "./series-run.ts";

export const formatNames = ["jsonl", "openmetrics", "parquet"] as const;
export type FormatName = (typeof formatNames)[number];

/** Where a file comes from. Parquet begins at its end, so it needs a path. */
export interface ImportSource {
  readonly path: string;
  bytes(): AsyncIterable<Uint8Array>;
}

interface Format {
  readonly isText: boolean;
  /** `omitted` is told of samples that the format has no way to write. */
  encode(runs: Iterable<SeriesRun>, omitted: (samples: number) => void): Iterable<string> | AsyncIterable<Uint8Array>;
  /** Throws `IMPORT_INVALID`, and what reading throws. */
  decode(source: ImportSource): AsyncIterable<SeriesRun>;
}

export const formats: Readonly<Record<FormatName, Format>> = {
  jsonl: {
    isText: true,
    encode: (runs) => encodeJsonLines(runs),
    decode: (source) => decodeJsonLines(readLines(source.bytes())),
  },
  openmetrics: {
    isText: true,
    encode: encodeOpenMetrics,
    decode: (source) => decodeOpenMetrics(readLines(source.bytes())),
  },
  parquet: {
    isText: false,
    encode: (runs) => encodeParquet(runs),
    decode: ({ path }) => decodeParquet(path),
  },
};
