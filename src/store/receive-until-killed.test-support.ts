/**
 * A process that receives as fast as it can, until somebody kills it: what is new, what is late, and what it has received before. Each batch
 * that was acknowledged, after `sync`, goes as a line into a file and to stdout. Arguments: the data directory, the file.
 */
import { openSync, writeSync } from "node:fs";
import { quietLogger } from "./ticks.test-support.ts";
import { receivedBatch, receivedClockMs } from "./received-batches.test-support.ts";
import { openWriter } from "./writer.ts";

const [, , dataDir, acknowledged, first] = process.argv;
if (dataDir === undefined || acknowledged === undefined)
  throw new Error("usage: receive-until-killed DATA_DIR ACKNOWLEDGED FIRST");
const log = openSync(acknowledged, "a");
let nowMs = receivedClockMs(Number(first));
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
const writer = openWriter({
  dataDir,
  clock,
  logger: quietLogger,
  retentionDays: 30,
  maxBytes: 2 ** 40,
  sealReceivedSamples: 800,
});
const refs = new Map<number, number>();
const refOf = (s: number): number => {
  let ref = refs.get(s);
  if (ref === undefined) refs.set(s, (ref = writer.resolve({ __name__: "received", s: String(s).padStart(5, "0") })));
  return ref;
};

for (let batch = Number(first); ; batch++) {
  nowMs = receivedClockMs(batch);
  const samples = receivedBatch(batch);
  writer.receive({
    count: samples.length,
    refs: Uint32Array.from(samples, ({ series }) => refOf(series)),
    timesMs: Float64Array.from(samples, ({ timeMs }) => timeMs),
    values: Float64Array.from(samples, ({ value }) => value),
  });
  writer.sync();
  const line = `${batch}\n`;
  writeSync(log, line);
  writeSync(1, line);
  for (let step = 0; step < 12 && writer.maintain(nowMs, 0); step++);
}
