/**
 * Runs Prometheus test scripts: `npm run promqltest -- FILE…`. Each instant query is evaluated as it is, with `@` behind its
 * selectors at other times, and as the middle step of a range query. What cannot be understood or is not built counts as failed.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { runScript, type ScriptReport } from "../../src/query/promqltest/run-script.test-support.ts";

const files = process.argv.slice(2);
if (files.length > 0) runAll();
else {
  process.stderr.write("usage: npm run promqltest -- FILE…\n");
  process.exitCode = 2;
}

function runAll(): void {
  const reports = files.map((file) => {
    const report = runFile(file);
    process.stdout.write(`${report.passed} / ${report.total}  ${basename(file)}\n`);
    const [first] = report.failures;
    if (first !== undefined) process.stdout.write(`    line ${first.line}: ${first.expr}\n      ${first.message}\n`);
    return report;
  });
  const [passed, total] = [sum(reports.map((report) => report.passed)), sum(reports.map((report) => report.total))];
  const failed = reports.filter(({ failures }) => failures.length > 0).length;
  process.stdout.write(`${passed} / ${total}  in ${files.length} files, ${failed} of them with differences\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** A file that cannot be read fails as a script that cannot be understood. */
function runFile(file: string): ScriptReport {
  try {
    return runScript(readFileSync(file, "utf8"));
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return { passed: 0, total: 1, failures: [{ line: 0, expr: file, message: error.message }] };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
