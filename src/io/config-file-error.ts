/** The error that says everything that is wrong with a configuration file, each with its place. */
import { configRootKey } from "../core/config.ts";
import { ChainPulseError } from "../core/errors.ts";

export interface ConfigIssue {
  readonly file: string;
  /** From 1; `null` where the problem has no place in the file (it cannot be read, it is too large). */
  readonly line: number | null;
  /** From 1. */
  readonly column: number | null;
  /** `performance_monitoring.host.targets[0].address`; empty for problems of the whole file. */
  readonly path: string;
  /** What is wrong, with what was expected: a complete text on its own. */
  readonly message: string;
  /** What would be right, in words. */
  readonly expected: string;
  /** The known key or value that was probably meant. */
  readonly nearest?: string;
}

/** `CONFIG_INVALID`, with all problems in the order of the file. */
export class ConfigError extends ChainPulseError {
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[], options: { readonly cause?: unknown } = {}) {
    super("CONFIG_INVALID", issues.map(formatConfigIssue).join("\n"), options);
    this.issues = issues;
  }
}

/** `chainpulse.yaml:7:5  performance_monitoring.logging.levle: unknown key; did you mean "level"?` */
export function formatConfigIssue(issue: ConfigIssue): string {
  const place = issue.line === null ? `${issue.file}:` : `${issue.file}:${issue.line}:${issue.column} `;
  const subject = issue.path === "" ? "" : `${issue.path}: `;
  const hint = issue.nearest === undefined ? "" : `; did you mean ${JSON.stringify(issue.nearest)}?`;
  return `${place} ${subject}${issue.message}${hint}`;
}

/** `["host", "targets", 0, "address"]` → `performance_monitoring.host.targets[0].address`. */
export function formatConfigPath(path: readonly (string | number)[], rootKey: string = configRootKey): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : `${text}.${printableKey(step)}`),
    rootKey,
  );
}

/** A key with spaces, dots or control characters is quoted, so that the path stays readable and on one line. */
function printableKey(key: string): string {
  return /^[\w-]{1,64}$/.test(key) ? key : JSON.stringify(key.slice(0, 64));
}
