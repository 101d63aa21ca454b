/**
 * The block codec on the recorded hour: bytes per sample for blocks of an hour, a quarter and five minutes, speed in samples per
 * CPU-second, and what other formats would take. With --fuzz, instead: so many columns there and back, each bit compared.
 *
 *   npm run bench -- codec
 *   npm run bench -- codec --fuzz 1000000 [--seed 1]
 */
import { parseArgs } from "node:util";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { decodeColumn, encodeBlock, openBlock } from "../src/store/codec/block.ts";
import { decodeValues, encodeColumn } from "../src/store/codec/column.ts";
import { anyColumn, bitsOfValues, valuesOfBits } from "../src/store/codec/columns.test-support.ts";
import { blocksOf, recordedHour } from "../src/store/codec/recording.test-support.ts";
import { sharedFolder } from "../test/support/shared-files.ts";
import { variants } from "./support/codec-variants.ts";
import { report, round } from "./support/report.ts";

const { values: options } = parseArgs({ options: { fuzz: { type: "string" }, seed: { type: "string", default: "1" } } });
/** A round takes long enough for the clock of CPU time, and there are enough of them for a median. */
const rounds = 30;

if (options.fuzz === undefined) measure();
else fuzz(Number(options.fuzz), Number(options.seed));

function measure(): void {
  const recording = sharedFolder("recordings/host-1h.json.gz");
  if (recording.skip !== false) throw new Error(recording.skip);
  const { timestampsMs, series } = recordedHour(recording.path);
  const samples = timestampsMs.length * series.length;

  const blocks = Object.fromEntries(
    [3600, 900, 300].map((rows) => {
      console.error(`blocks of ${rows} rows …`);
      const inputs = blocksOf(timestampsMs, series, rows);
      const encoded = inputs.map(({ times, columns }) => encodeBlock(times, columns));
      const bytes = encoded.reduce((sum, block) => sum + block.length, 0);
      return [
        `rows${rows}`,
        {
          bytesPerSample: round(bytes / samples, 4),
          underZstd: encoded.filter((block) => (block[2] ?? 0) !== 0).length,
          blocks: encoded.length,
          encodeSamplesPerCpuSecond: perCpuSecond(samples, () =>
            inputs.forEach(({ times, columns }) => encodeBlock(times, columns)),
          ),
          decodeSamplesPerCpuSecond: perCpuSecond(samples, () => {
            for (const [index, block] of encoded.map(openBlock).entries()) {
              for (const { slot } of inputs[index]?.columns ?? []) decodeColumn(block, slot);
            }
          }),
          openMicroseconds: timed(
            () => encoded.forEach(openBlock),
            (cpuSeconds) => (cpuSeconds * 1e6) / encoded.length,
          ),
        },
      ];
    }),
  );

  console.error("columns that are not constant …");
  const busy = series.map(({ values }) => values).filter((column) => column.some((value) => value !== column[0]));
  const encoded = busy.map((column) => encodeColumn(column));
  const out = new Float64Array(timestampsMs.length);
  const columns = {
    columns: busy.length,
    bytesPerSample: round(encoded.reduce((sum, bytes) => sum + bytes.length, 0) / (busy.length * out.length), 4),
    encodeSamplesPerCpuSecond: perCpuSecond(busy.length * out.length, () => busy.forEach((column) => encodeColumn(column))),
    decodeSamplesPerCpuSecond: perCpuSecond(busy.length * out.length, () => {
      for (const bytes of encoded) decodeValues(bytes, out.length, out);
    }),
  };

  const others = Object.fromEntries(
    Object.entries(variants).map(([name, sizeOf]) => {
      console.error(`${name} …`);
      const bytes = blocksOf(timestampsMs, series, 3600)
        .map(({ columns: inputs }) => inputs.map(({ words }) => new Float64Array(words.buffer)))
        .reduce((sum, block) => sum + sizeOf(block), 0);
      return [name, round(bytes / samples, 4)];
    }),
  );
  report("codec", {
    samples,
    ...blocks,
    notConstant: columns,
    otherFormatsBytesPerSample: others,
    doublesBytesPerValue: doublesBytesPerValue(),
  });
}

/** Columns that are no integers at any scale, which the recording has none of. */
function doublesBytesPerValue(): Record<string, unknown> {
  const rows = 3600;
  // The low bits of a CRC are noise that is the same each time.
  const noise = (row: number): number => crc32(Uint8Array.of(row, row >> 8)) / 2 ** 32;
  const shapes: Readonly<Record<string, (row: number) => number>> = {
    sine: (row) => 20 + 5 * Math.sin(row / 100),
    ratio: (row) => Math.floor(noise(row) * 1000) / (1 + Math.floor(noise(row + rows) * 5000)),
    exponential: (row) => Math.exp(-40 * noise(row)),
  };
  return Object.fromEntries(
    Object.entries(shapes).map(([name, value]) => {
      const column = Float64Array.from({ length: rows }, (_, row) => value(row));
      const others = ["xorBits", "xorBytePlanesZstd1", "rawZstd3"].map((variant) => [
        variant,
        round((variants[variant]?.([column]) ?? NaN) / rows),
      ]);
      return [name, { codec: round(encodeColumn(column).length / rows), ...Object.fromEntries(others) }];
    }),
  );
}

function perCpuSecond(samples: number, work: () => void): { readonly median: number; readonly best: number } {
  return timed(work, (cpuSeconds) => samples / cpuSeconds);
}

function timed(work: () => void, figureOf: (cpuSeconds: number) => number): { readonly median: number; readonly best: number } {
  const seconds: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    seconds.push((user + system) / 1e6);
  }
  seconds.sort((a, b) => a - b);
  return { median: round(figureOf(seconds[rounds >> 1] ?? NaN)), best: round(figureOf(seconds[0] ?? NaN)) };
}

function fuzz(cases: number, seed: number): void {
  let values = 0;
  const startedMs = performance.now();
  fc.assert(
    fc.property(anyColumn, (bits) => {
      const bytes = encodeColumn(valuesOfBits(bits));
      const decoded = new Float64Array(bits.length);
      decodeValues(bytes, bits.length, decoded);
      const back = bitsOfValues(decoded);
      for (let i = 0; i < bits.length; i++) if (back[i] !== bits[i]) return false;
      values += bits.length;
      return true;
    }),
    { numRuns: cases, seed },
  );
  report("codec", { fuzz: { columns: cases, values, seed, seconds: round((performance.now() - startedMs) / 1000), wrong: 0 } });
}
