/** `chainpulse rules test`: unit tests of rules in promtool's format, with what is missing and what is too much. */
import { dirname, resolve } from "node:path";
import { loadRuleFiles } from "../analyse/rules/load-rule-files.ts";
import { RuleFileError } from "../analyse/rules/rule-problem.ts";
import { parseUnitTests } from "../analyse/rules/unit-test/parse-unit-test.ts";
import { runUnitTest, type UnitTestFailure } from "../analyse/rules/unit-test/run-unit-test.ts";
import { escapeText } from "../io/log-format.ts";
import { readText } from "../io/text-file.ts";
import { formatDuration } from "../core/duration.ts";
import { type CommandContext, exitCodes } from "./command.ts";
import { printJson } from "./output.ts";
import { countText } from "./store-job.ts";

/** The largest file that is read. */
const fileBytesMax = 8_388_608;

interface FileResult {
  readonly file: string;
  readonly tests: number;
  readonly failures: readonly UnitTestFailure[];
  readonly warnings: readonly string[];
}

export interface TestOptions {
  readonly json: boolean;
  /** Tests with other names are left out; `null`: none are. */
  readonly pattern: RegExp | null;
}

/** Returns the exit code. Throws `RuleFileError` for a file that is wrong, `FILE_UNUSABLE` for one that cannot be read. */
export async function testRules(context: CommandContext, files: readonly string[], options: TestOptions): Promise<number> {
  const { stdout, stderr } = context;
  const results: FileResult[] = [];
  try {
    for (const file of files) results.push(await testFile(file, options.pattern));
  } catch (error) {
    if (!(error instanceof RuleFileError)) throw error;
    if (options.json) printJson(stdout, { ok: false, problems: error.problems });
    else for (const line of error.message.split("\n")) stderr.write(`${escapeText(line)}\n`);
    return exitCodes.checkFailed;
  }
  const ok = results.every(({ failures }) => failures.length === 0);
  if (options.json) printJson(stdout, { ok, files: results });
  else for (const result of results) report(context, result);
  return ok ? exitCodes.ok : exitCodes.checkFailed;
}

async function testFile(path: string, pattern: RegExp | null): Promise<FileResult> {
  const { file, problems } = parseUnitTests(readText(path, fileBytesMax), path);
  if (problems.length > 0) throw new RuleFileError(problems);
  const { groups, warnings } = loadRuleFiles(file.ruleFiles, dirname(resolve(path)));
  const tests = file.tests.filter(({ name }) => pattern === null || pattern.test(name));
  const failures: UnitTestFailure[] = [];
  for (const test of tests) failures.push(...(await runUnitTest(test, file, groups)));
  return { file: path, tests: tests.length, failures, warnings };
}

function report({ stdout, stderr }: CommandContext, { file, tests, failures, warnings }: FileResult): void {
  for (const warning of warnings) stderr.write(`warning: ${escapeText(warning)}\n`);
  for (const failure of failures) {
    for (const line of describe(file, failure)) stdout.write(`${escapeText(line)}\n`);
  }
  const outcome = failures.length === 0 ? "all passed" : `${countText(failures.length)} failed`;
  stdout.write(`${escapeText(file)}: ${countText(tests)} ${tests === 1 ? "test" : "tests"}, ${outcome}.\n`);
}

/** `-` is expected and missing, `+` is there and not expected. */
function describe(file: string, { test, line, atMs, subject, error, difference }: UnitTestFailure): readonly string[] {
  const place = line === null ? file : `${file}:${line}`;
  const head = `${place}: ${test}, at ${formatDuration(atMs)}, ${subject}${error === null ? "" : `: ${error}`}`;
  const lines = (sign: string, texts: readonly string[]): readonly string[] =>
    texts.flatMap((text) => text.split("\n").map((part, index) => (index === 0 ? `  ${sign} ${part}` : `  ${part}`)));
  return [head, ...lines("-", difference?.missing ?? []), ...lines("+", difference?.unexpected ?? [])];
}
