/** `chainpulse store import`: samples from a file into the data directory of a server that does not run. */
import { accessSync, constants, createReadStream } from "node:fs";
import { resolve } from "node:path";
import { openBackfill } from "../store/transfer/import-ticks.ts";
import { formats, type ImportSource } from "../store/transfer/formats.ts";
import { type BackfillCounts, importRuns } from "../store/transfer/import-runs.ts";
import { type CommandContext, exitCodes } from "./command.ts";
import { printJson } from "./output.ts";
import { formatOf } from "./store-format.ts";
import { countText, fileError, type StoreJob, storeLogger, withProgress } from "./store-job.ts";
import { UsageError } from "./usage-error.ts";

export async function storeImport({ context, options, config, dataDir, path }: StoreJob): Promise<number> {
  const format = formats[formatOf(options)];
  if (path === "-" && !format.isText) throw new UsageError("Parquet is read from its end: name a file instead of -");
  const source = sourceOf(path);
  const { max_series: maxSeries, max_series_per_node: maxSeriesPerNode } = config.storage;
  const backfill = openBackfill({ dataDir, logger: storeLogger(context), maxSeries, maxSeriesPerNode });
  try {
    const counts = await withProgress(context.stderr, (progress) =>
      importRuns(format.decode(source), backfill, (samples) => progress.update(`read ${countText(samples)} samples`)),
    );
    if (options.json === true) printJson(context.stdout, { dataDir, ...counts });
    else printCounts(context, counts);
    return exitCodes.ok;
  } catch (error) {
    throw fileError("read", path, error);
  } finally {
    backfill.abandon();
  }
}

function printCounts({ stdout, stderr }: CommandContext, { samples, refused }: BackfillCounts): void {
  stdout.write(`${countText(samples)} samples imported.\n`);
  if (refused === 0) return;
  const why = "they are not newer than what was there, lie in the future, or are a second one of their series at one time";
  stderr.write(`${countText(refused)} samples were refused: ${why}.\n`);
}

/** Throws `FILE_UNUSABLE` before anything is made in the data directory. */
function sourceOf(path: string): ImportSource {
  if (path === "-") return { path, bytes: () => process.stdin };
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw fileError("read", path, error);
  }
  return { path: resolve(path), bytes: () => createReadStream(path) };
}
