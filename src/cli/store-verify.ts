/** `chainpulse store verify`: reads everything, names what is damaged. */
import type { Problem } from "../store/operations/verify/findings.ts";
import { type VerifyReport, verifyStore } from "../store/operations/verify.ts";
import { escapeText } from "../io/log-format.ts";
import { exitCodes, type Output } from "./command.ts";
import { printJson } from "./output.ts";
import { countText, percentOf, requireDataDir, type StoreJob, timeText, withProgress } from "./store-job.ts";

export async function storeVerify(job: StoreJob): Promise<number> {
  const { context, options, dataDir } = job;
  requireDataDir(job);
  const report = await withProgress(context.stderr, (progress) =>
    verifyStore(dataDir, { quick: options.quick === true, progress: percentOf(progress, "checked") }),
  );
  if (options.json === true) printJson(context.stdout, { ok: isSound(report), ...report });
  else printReport(context.stdout, report);
  return isSound(report) ? exitCodes.ok : exitCodes.checkFailed;
}

export function isSound({ problems }: VerifyReport): boolean {
  return problems.length === 0;
}

/** A line per problem, and what was read. */
export function printReport(output: Output, report: VerifyReport): void {
  for (const problem of report.problems) output.write(`${escapeText(problemText(problem))}\n`);
  if (report.more > 0) output.write(`… and ${countText(report.more)} more\n`);
  const { files, blocks, samples, summaryRows, series } = report;
  const decoded = samples === null ? "" : ` with ${countText(samples)} samples`;
  const read = `${files} files, ${countText(blocks)} blocks${decoded}, ${countText(summaryRows)} rows of tiers, ${countText(series)} series`;
  output.write(`${isSound(report) ? "sound" : "damaged"}: ${read}\n`);
}

function problemText({ path, problem, fromMs, toMs }: Problem): string {
  const times = fromMs === null ? "" : ` (${timeText(fromMs, "")} to ${timeText(toMs, "")})`;
  return `${path}: ${problem}${times}`;
}
