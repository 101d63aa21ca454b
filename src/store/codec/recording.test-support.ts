/** The recorded hour of the shared files, as columns; for tests and for the codec's benchmark. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type ColumnInput, seriesPerBlock } from "./block.ts";

export interface Recording {
  readonly timestampsMs: Float64Array;
  readonly series: readonly { readonly name: string; readonly values: Float64Array }[];
}

export function recordedHour(path: string): Recording {
  // A file of our own making; its README describes it. There are no gaps in it.
  const { timestampsMs, series } = JSON.parse(gunzipSync(readFileSync(path)).toString()) as {
    readonly timestampsMs: readonly number[];
    readonly series: readonly { readonly name: string; readonly values: readonly (number | string)[] }[];
  };
  return {
    timestampsMs: Float64Array.from(timestampsMs),
    series: series.map(({ name, values }) => ({ name, values: Float64Array.from(values, Number) })),
  };
}

/** The recording cut into blocks of so many rows, 64 neighbouring series each. */
export function blocksOf(
  timestampsMs: Float64Array,
  series: Recording["series"],
  rows: number,
): { readonly times: Float64Array; readonly columns: readonly ColumnInput[] }[] {
  const blocks = [];
  for (let start = 0; start < timestampsMs.length; start += rows) {
    for (let first = 0; first < series.length; first += seriesPerBlock) {
      const columns = series.slice(first, first + seriesPerBlock).map(({ values }, slot): ColumnInput => {
        const part = values.slice(start, start + rows);
        return { slot, present: null, words: new Uint32Array(part.buffer) };
      });
      blocks.push({ times: timestampsMs.slice(start, start + rows), columns });
    }
  }
  return blocks;
}
