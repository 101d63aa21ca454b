/** What is wrong with rule files: each mistake with its place and what to do about it. */
import { ChainPulseError } from "../../core/errors.ts";

export interface RuleProblem {
  readonly file: string;
  /** From 1; `null` where the problem has no place in the file (it cannot be read). */
  readonly line: number | null;
  readonly column: number | null;
  /** `null` outside of any group. */
  readonly group: string | null;
  /** `null` outside of any rule. */
  readonly rule: string | null;
  readonly message: string;
  /** What to do. */
  readonly fix: string;
}

/** More are told in a number: a file of something else may have a problem in each of its lines. */
const toldMax = 100;

/** `RULES_INVALID`, with all problems of all files; its message tells the first of them. */
export class RuleFileError extends ChainPulseError {
  readonly problems: readonly RuleProblem[];

  constructor(problems: readonly RuleProblem[]) {
    const told = problems.slice(0, toldMax).map(formatRuleProblem);
    const rest = problems.length - told.length;
    super("RULES_INVALID", [...told, ...(rest > 0 ? [`${rest} more problems`] : [])].join("\n"));
    this.problems = problems;
  }
}

/** `rules.yml:7:5: group "node", rule "Down": unknown key "expresion". Keys of a rule are …` */
export function formatRuleProblem({ file, line, column, group, rule, message, fix }: RuleProblem): string {
  const place = line === null ? file : `${file}:${line}:${column}`;
  const names = [
    ...(group === null ? [] : [`group ${JSON.stringify(group)}`]),
    ...(rule === null ? [] : [`rule ${JSON.stringify(rule)}`]),
  ];
  return `${place}: ${names.length === 0 ? "" : `${names.join(", ")}: `}${message}. ${fix}`;
}
