/** `chainpulse store backup`: a consistent copy of the data directory, while the server runs. */
import { backupStore } from "../store/operations/backup.ts";
import { exitCodes } from "./command.ts";
import { printJson } from "./output.ts";
import { percentOf, requireDataDir, sizeText, type StoreJob, withProgress } from "./store-job.ts";
import { isSound, printReport } from "./store-verify.ts";

export async function storeBackup(job: StoreJob): Promise<number> {
  const { context, options, dataDir, path } = job;
  requireDataDir(job);
  const report = await withProgress(context.stderr, (progress) => backupStore(dataDir, path, percentOf(progress, "copied")));
  if (options.json === true) printJson(context.stdout, { ok: isSound(report.verified), ...report });
  else {
    context.stdout.write(`${report.directory}: ${report.files} files, ${sizeText(report.bytes)}\n`);
    // The copy of a damaged file is as damaged: better than none, but to be known.
    printReport(isSound(report.verified) ? context.stdout : context.stderr, report.verified);
  }
  return isSound(report.verified) ? exitCodes.ok : exitCodes.checkFailed;
}
