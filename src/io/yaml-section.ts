/**
 * A YAML file of its own with one section of ours, as strict as the configuration: every problem with line, column, expectation and
 * nearest key.
 */
import type { z } from "zod";
import { ConfigError } from "./config-file-error.ts";
import { copyValue, problemsOf } from "./config-file-problems.ts";
import { jsonSchemaOf } from "./config-file-schema.ts";
import { ConfigSource } from "./config-file-source.ts";

/**
 * The section `rootKey` of the text; `file` is for messages. Throws `ConfigError` with all problems, also where there is no such section.
 */
export function parseYamlSection<S extends z.ZodType>(text: string, file: string, rootKey: string, schema: S): z.infer<S> {
  const source = new ConfigSource(text, file, rootKey);
  const copy = copyValue(source.value()?.value ?? {});
  if (copy.problems.length > 0) throw new ConfigError(source.place(copy.problems));
  const result = schema.safeParse(copy.value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, copy.value, jsonSchemaOf(schema)));
  throw new ConfigError(source.place(problems));
}
