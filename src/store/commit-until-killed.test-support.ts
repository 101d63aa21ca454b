/**
 * A process that commits as fast as it can, and writes each acknowledged tick's number to stdout, until somebody kills it.
 * Tick i has the time `noonMs + i` and, for series s of those it has, the value 1000 i + s. Argument: the data directory.
 */
import { writeSync } from "node:fs";
import { openWriter } from "./writer.ts";
import { noonMs, quietLogger, seriesOfTick } from "./ticks.test-support.ts";

const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error("usage: commit-until-killed.test-support.ts DATA_DIR");
const clock = { nowMs: () => noonMs, monotonicMs: () => performance.now() };
const writer = openWriter({
  dataDir,
  clock,
  logger: quietLogger,
  retentionDays: 30,
  maxBytes: 2 ** 40,
  partitionMs: 700,
  sealTicks: 40,
});
const refs = Array.from({ length: 200 }, (_, s) => writer.resolve({ __name__: "killed", s: String(s).padStart(3, "0") }));
const newestMs = writer.stats().newestMs;

for (let tick = newestMs === null ? 0 : newestMs - noonMs + 1; ; tick++) {
  const series = seriesOfTick(tick);
  const values = Float64Array.from(series, (s) => 1000 * tick + s);
  writer.commit(
    noonMs + tick,
    Uint32Array.from(series, (s) => refs[s] ?? 0),
    values,
    series.length,
  );
  // To the pipe before the next step: what the parent has read was acknowledged.
  writeSync(1, `${tick}\n`);
  writer.maintain(noonMs, 0);
}
