/**
 * A process that commits as fast as it can, until somebody kills it. Each tick that was acknowledged goes as a line to stdout, and
 * before that into a file, if there is one. A tick is five minutes of the store's time, so that everything the store ever does comes along within some thousand
 * of them: sealing, merging, tiers, new files, new series, retention. Arguments: the data directory, the file.
 */
import { openSync, writeSync } from "node:fs";
import { noonMs, quietLogger, seriesOfTick, tickAt, tickSpacingMs, tickTimeMs, tickValue } from "./ticks.test-support.ts";
import { openWriter } from "./writer.ts";

const [, , dataDir, acknowledged] = process.argv;
if (dataDir === undefined) throw new Error("usage: commit-until-killed DATA_DIR [ACKNOWLEDGED]");
const log = acknowledged === undefined ? null : openSync(acknowledged, "a");
let nowMs = noonMs;
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
const writer = openWriter({
  dataDir,
  clock,
  logger: quietLogger,
  retentionDays: 2,
  maxBytes: 2 ** 40,
  sealTicks: 20,
  mergeMs: 36 * tickSpacingMs,
});
const { newestMs } = writer.stats();
const refs = new Map<number, number>();
const refOf = (s: number): number => {
  let ref = refs.get(s);
  if (ref === undefined) refs.set(s, (ref = writer.resolve({ __name__: "killed", s: String(s).padStart(5, "0") })));
  return ref;
};

for (let tick = newestMs === null ? 0 : tickAt(newestMs) + 1; ; tick++) {
  nowMs = tickTimeMs(tick);
  const series = seriesOfTick(tick);
  const values = Float64Array.from(series, (s) => tickValue(tick, s));
  writer.commit(nowMs, Uint32Array.from(series, refOf), values, series.length);
  const line = `${tick}\n`;
  if (log !== null) writeSync(log, line);
  writeSync(1, line);
  for (let step = 0; step < 12 && writer.maintain(nowMs, 0); step++);
}
