/** What checks say of samples that a test writes down. */
import { CheckRunner } from "../../src/analyse/check-runner.ts";
import type { ReportedAbsence } from "../../src/core/absence.ts";
import type { CheckDeclaration, CheckResult } from "../../src/core/check.ts";
import { createMemoryReader } from "../../src/query/promqltest/memory-reader.ts";
import { parseSeriesLine } from "../../src/query/promqltest/series-line.ts";
import { createQueryService } from "../../src/query/service.ts";

/** Between two samples of a line. */
const stepMs = 15_000;

/** `lines`: series with a sample each 15 s from 0 on, of the node `n`; they are judged twice, so that limits that must be passed for a while are. */
export async function judge(
  checks: readonly CheckDeclaration[],
  lines: readonly string[],
  atMs: number,
  absences: readonly ReportedAbsence[] = [],
): Promise<readonly CheckResult[]> {
  const reader = createMemoryReader();
  for (const { labels, values } of lines.map(parseSeriesLine)) {
    for (const [index, value] of values.entries()) {
      if (typeof value === "number") reader.add(labels, index * stepMs, value);
    }
  }
  const runner = new CheckRunner({
    checks,
    node: "n",
    samplingIntervalMs: stepMs,
    query: createQueryService(reader),
    absences: () => Promise.resolve(absences),
    onChange: () => undefined,
    startedMs: 0,
  });
  await runner.run(atMs - Math.max(0, ...checks.map(({ forMs = 0 }) => forMs)));
  await runner.run(atMs);
  return runner.results();
}
