/** What is wrong with the values of a YAML file, in words: the schema library's issues, and what a schema does not see. */
import type { z } from "zod";
import { nearestWord } from "./config-file-nearest.ts";
import { describeExpected, schemaAt, type SchemaNode } from "./config-file-schema.ts";
import type { ConfigProblem } from "./config-file-source.ts";

/** The deepest setting stands at depth 4; beyond these bounds a file is an attack or an alias to its own ancestor. */
const depthMax = 32;
const valuesMax = 10_000;

/**
 * A copy without the keys that have no value (`logging:` with all its lines commented out means "not set"), and the problems that a
 * schema does not see: `__proto__`, endless depth, too many values.
 */
export function copyValue(value: unknown): { readonly value: unknown; readonly problems: readonly ConfigProblem[] } {
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

/** One issue of the schema library as problems of ours: one per unknown key, else one. `root`: the value, and its schema. */
export function problemsOf(issue: z.core.$ZodIssue, root: unknown, rootSchema: SchemaNode): readonly ConfigProblem[] {
  // Configuration keys are texts and list positions; the library's type allows symbols too.
  const path = issue.path as readonly (string | number)[];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key, rootSchema));
  if (issue.code === "invalid_key") return [wrongKey(path, rootSchema)];

  const found = valueAt(root, path);
  // A rule about several keys or entries: the type of the whole is right, and only the rule's own words say what is not.
  if (issue.code === "custom" && typeof found === "object") {
    return [{ path, at: "value", message: issue.message, expected: issue.message }];
  }
  const schema = schemaAt(rootSchema, path);
  const expected = schema === null ? issue.message : describeExpected(schema);
  const name = path.at(-1);
  if (found === undefined && typeof name === "string") {
    return [{ path, at: "key", message: `missing; expected ${expected}`, expected }];
  }
  const nearest = typeof found === "string" ? nearestWord(found, (schema?.enum ?? []).map(String)) : null;
  // What may not stand here is often a secret that belongs into a file.
  const shown = schema?.not === undefined ? `, found ${describeFound(found)}` : "";
  return [{ path, at: "value", message: `expected ${expected}${shown}`, expected, nearest }];
}

function unknownKey(path: readonly (string | number)[], key: string, rootSchema: SchemaNode): ConfigProblem {
  const known = Object.keys(schemaAt(rootSchema, path)?.properties ?? {});
  return {
    path: [...path, key],
    at: "key",
    message: "unknown key",
    expected: `one of ${known.join(", ")}`,
    nearest: nearestWord(key, known),
  };
}

function wrongKey(path: readonly (string | number)[], rootSchema: SchemaNode): ConfigProblem {
  const names = schemaAt(rootSchema, path.slice(0, -1))?.propertyNames;
  const expected = names === undefined ? "another key" : describeExpected(names);
  return { path, at: "key", message: `expected ${expected}`, expected };
}

export function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
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
  const text = typeof value === "number" ? String(value) : withoutSecrets(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/**
 * Messages go to logs, screens and everybody who may read: an address that is refused must not show a password there, nor what stands
 * behind the host, which may be a key.
 */
function withoutSecrets(text: string): string {
  return text.replace(/:\/\/.*@/, "://…@").replace(/(:\/\/[^/?#"]*)[/?#][^"]+/, "$1/…");
}
