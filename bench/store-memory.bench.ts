/**
 * What the store takes of the memory and of its thread's time: 10,000 series at one sample a second, for an hour in the data's time
 * and then in real time over midnight, when blocks are merged, tiers built and files changed. Memory is RssAnon over that of the
 * same process before the first sample.
 *
 *   npm run bench -- store-memory [--series 10000] [--ticks 3540] [--seconds 120]
 */
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { jsonOf } from "./support/json-child.ts";
import { report } from "./support/report.ts";

const { values: options } = parseArgs({
  options: {
    series: { type: "string", default: "10000" },
    ticks: { type: "string", default: "3540" },
    seconds: { type: "string", default: "120" },
  },
});

async function run(readers: "with-reader" | "writer-only"): Promise<unknown> {
  console.error(`${options.series} series, ${options.ticks} ticks, then ${options.seconds} s in real time, ${readers} …`);
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-memory-"));
  const args = [directory.path, options.series, options.ticks, options.seconds, readers];
  return await jsonOf(new URL("./support/store-memory-child.ts", import.meta.url), args);
}

report("store-memory", {
  series: Number(options.series),
  ticks: Number(options.ticks),
  realSeconds: Number(options.seconds),
  withReader: await run("with-reader"),
  writerOnly: await run("writer-only"),
  peer: null,
  peerReason: "what is measured is our writer and reader inside a process; bench/agent compares whole processes",
});
