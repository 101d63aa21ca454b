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

/** `RULES_INVALID`, with all problems of all files. */
export class RuleFileError extends ChainPulseError {
  readonly problems: readonly RuleProblem[];

  constructor(problems: readonly RuleProblem[]) {
    super("RULES_INVALID", problems.map(formatRuleProblem).join("\n"));
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
