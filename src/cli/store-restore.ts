/** `chainpulse store restore`: a backup becomes the data directory. */
import { resolve } from "node:path";
import { restoreStore } from "../store/operations/restore.ts";
import { exitCodes } from "./command.ts";
import { printJson } from "./output.ts";
import { percentOf, type StoreJob, withProgress } from "./store-job.ts";
import { isSound, printReport } from "./store-verify.ts";

export async function storeRestore({ context, options, dataDir, path }: StoreJob): Promise<number> {
  const report = await withProgress(context.stderr, (progress) =>
    restoreStore(resolve(path), dataDir, {
      force: options.force === true,
      nowMs: Date.now(),
      progress: percentOf(progress, "copied"),
    }),
  );
  if (options.json === true) printJson(context.stdout, { ok: isSound(report.verified), ...report });
  else {
    context.stdout.write(`${report.dataDir}: ${report.files} files\n`);
    if (report.setAside !== null) context.stdout.write(`what was there before is in ${report.setAside}\n`);
    printReport(isSound(report.verified) ? context.stdout : context.stderr, report.verified);
  }
  return isSound(report.verified) ? exitCodes.ok : exitCodes.checkFailed;
}
