/**
 * YAML text → configuration, or every problem in it with line, column, expectation and nearest key.
 *
 * Only the section `performance_monitoring` is ours: the file belongs to the node, so what stands beside it may be anything that
 * is YAML. The text is hostile all the same: aliases, depth and number of values are bounded and `__proto__` is refused.
 */
import { type Config, configSchema, reservedSections } from "../core/config.ts";
import { ConfigError, type ConfigIssue, formatConfigIssue } from "./config-file-error.ts";
import { copyValue, problemsOf, valueAt } from "./config-file-problems.ts";
import { configJsonSchema } from "./config-file-schema.ts";
import { type ConfigProblem, ConfigSource } from "./config-file-source.ts";

export interface ParsedConfig {
  readonly config: Config;
  /** Complete lines for people. */
  readonly warnings: readonly string[];
  /** Further problems with their places, in the order of the file. */
  readonly place: (problems: readonly ConfigProblem[]) => readonly ConfigIssue[];
}

/** Reads the text of `file` (the name is for messages). `defaults`: of settings that it does not have. Throws `ConfigError` with all problems. */
export function parseConfigText(text: string, file: string, defaults: object = {}): ParsedConfig {
  const source = new ConfigSource(text, file);
  const section = source.value();
  const place: ParsedConfig["place"] = (problems) => source.place(problems);
  if (section === null) return { config: configSchema.parse(defaults), warnings: [source.describeMissing()], place };

  const copy = copyValue(section.value);
  if (copy.problems.length > 0) throw new ConfigError(source.place(copy.problems));
  // A section without a value has its defaults, as has every key without one.
  const result = configSchema.safeParse(withDefaults(copy.value ?? {}, defaults));
  if (!result.success)
    throw new ConfigError(
      source.place(result.error.issues.flatMap((issue) => problemsOf(issue, copy.value, configJsonSchema()))),
    );

  const ignored = reservedSections
    .filter((name) => result.data[name] !== undefined)
    .map((name) => ({ path: [name], at: "key" as const, message: "not built yet, ignored", expected: "nothing yet" }));
  return { config: result.data, warnings: source.place(ignored).map(formatConfigIssue), place };
}

/** The value with what it lacks of the defaults; where it is no section itself, the schema says so. */
function withDefaults(value: unknown, defaults: object): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const missing = Object.entries(defaults).map(([key, fallback]: [string, unknown]) => {
    const given = valueAt(value, [key]);
    const isSection = typeof fallback === "object" && fallback !== null;
    return [key, given === undefined ? fallback : isSection ? withDefaults(given, fallback) : given] as const;
  });
  return { ...value, ...Object.fromEntries(missing) };
}
