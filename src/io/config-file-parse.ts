/**
 * YAML text → configuration, or every problem in it with line, column, expectation and nearest key.
 *
 * Only the section `performance_monitoring` is ours: the file belongs to the node, so what stands beside it may be anything that
 * is YAML. The text is hostile all the same: aliases, depth and number of values are bounded and `__proto__` is refused.
 */
import type { z } from "zod";
import { type Config, configSchema, reservedSections } from "../core/config.ts";
import { ConfigError, formatConfigIssue } from "./config-file-error.ts";
import { nearestWord } from "./config-file-nearest.ts";
import { describeExpected, schemaAt } from "./config-file-schema.ts";
import { type ConfigProblem, ConfigSource } from "./config-file-source.ts";

/** The deepest setting stands at depth 4; beyond these bounds a file is an attack or an alias to its own ancestor. */
const depthMax = 32;
const valuesMax = 10_000;

export interface ParsedConfig {
  readonly config: Config;
  /** Complete lines for people. */
  readonly warnings: readonly string[];
}

/** Reads the text of `file` (the name is for messages). `defaults`: of settings that it does not have. Throws `ConfigError` with all problems. */
export function parseConfigText(text: string, file: string, defaults: object = {}): ParsedConfig {
  const source = new ConfigSource(text, file);
  const section = source.value();
  if (section === null) return { config: configSchema.parse(defaults), warnings: [source.describeMissing()] };

  const copy = copyValue(section.value);
  if (copy.problems.length > 0) throw new ConfigError(source.place(copy.problems));
  // A section without a value has its defaults, as has every key without one.
  const result = configSchema.safeParse(withDefaults(copy.value ?? {}, defaults));
  if (!result.success)
    throw new ConfigError(source.place(result.error.issues.flatMap((issue) => problemsOf(issue, copy.value))));

  const ignored = reservedSections
    .filter((name) => result.data[name] !== undefined)
    .map((name) => ({ path: [name], at: "key" as const, message: "not built yet, ignored", expected: "nothing yet" }));
  return { config: result.data, warnings: source.place(ignored).map(formatConfigIssue) };
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

/**
 * A copy without the keys that have no value (`logging:` with all its lines commented out means "not set"), and the problems that a
 * schema does not see: `__proto__`, endless depth, too many values.
 */
function copyValue(value: unknown): { readonly value: unknown; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  let left = valuesMax;

  const copy = (item: unknown, path: readonly (string | number)[]): unknown => {
    left -= 1;
    if (left < 0) return undefined;
    if (typeof item !== "object" || item === null) return item;
    if (path.length > depthMax) {
      problems.push({ path, at: "value", message: `nested deeper than ${depthMax} levels`, expected: "fewer levels" });
      left = 0;
      return undefined;
    }
    if (Array.isArray(item)) return item.map((element, index) => copy(element, [...path, index]));
    const plain: Record<string, unknown> = {};
    for (const [key, child] of Object.entries(item)) {
      if (key === "__proto__") {
        problems.push({ path: [...path, key], at: "key", message: "this key is not allowed", expected: "another key" });
      } else if (child !== null) {
        plain[key] = copy(child, [...path, key]);
      }
    }
    return plain;
  };

  const copied = copy(value, []);
  if (left < 0 && problems.length === 0) {
    problems.push({ path: [], at: "key", message: `more than ${valuesMax} values`, expected: `at most ${valuesMax} values` });
  }
  return { value: copied, problems };
}

/** One issue of the schema library as problems of ours: one per unknown key, else one. */
function problemsOf(issue: z.core.$ZodIssue, root: unknown): readonly ConfigProblem[] {
  // Configuration keys are texts and list positions; the library's type allows symbols too.
  const path = issue.path as readonly (string | number)[];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key));
  if (issue.code === "invalid_key") return [wrongKey(path)];

  const found = valueAt(root, path);
  // A rule about several keys or entries: the type of the whole is right, and only the rule's own words say what is not.
  if (issue.code === "custom" && typeof found === "object") {
    return [{ path, at: "value", message: issue.message, expected: issue.message }];
  }
  const schema = schemaAt(path);
  const expected = schema === null ? issue.message : describeExpected(schema);
  const name = path.at(-1);
  if (found === undefined && typeof name === "string") {
    return [{ path, at: "key", message: `missing; expected ${expected}`, expected }];
  }
  const nearest = typeof found === "string" ? nearestWord(found, (schema?.enum ?? []).map(String)) : null;
  return [{ path, at: "value", message: `expected ${expected}, found ${describeFound(found)}`, expected, nearest }];
}

function unknownKey(path: readonly (string | number)[], key: string): ConfigProblem {
  const known = Object.keys(schemaAt(path)?.properties ?? {});
  return {
    path: [...path, key],
    at: "key",
    message: "unknown key",
    expected: `one of ${known.join(", ")}`,
    nearest: nearestWord(key, known),
  };
}

function wrongKey(path: readonly (string | number)[]): ConfigProblem {
  const names = schemaAt(path.slice(0, -1))?.propertyNames;
  const expected = names === undefined ? "another key" : describeExpected(names);
  return { path, at: "key", message: `expected ${expected}`, expected };
}

function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    // Objects here are copies made of plain objects and arrays: both may be indexed by an own key.
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

function describeFound(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a section";
  // JSON has no word for YAML's .inf and .nan.
  const text = typeof value === "number" ? String(value) : withoutPassword(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Messages go to logs and screens; an address that is refused for the password in it must not show it there. */
function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/]*@/, "//…@");
}
