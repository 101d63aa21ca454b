/** What the configuration schema says about one key, in words: for error messages and for the reference page. */
import { z } from "zod";
import { configSchema } from "../core/config.ts";

/** The parts of a JSON Schema node that the configuration uses; `expected` is our own annotation. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly expected?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly propertyNames?: SchemaNode;
  readonly additionalProperties?: SchemaNode | false;
  /** Nothing may stand here: `expected` says why. */
  readonly not?: object;
}

const made = new WeakMap<z.ZodType, SchemaNode>();

/** What a file may give (defaults not filled in). Made once for each schema, on first use: it costs milliseconds. */
export function jsonSchemaOf(schema: z.ZodType): SchemaNode {
  // zod's output type is the whole of JSON Schema; the tests read every key of it through this interface.
  const node = made.get(schema) ?? (z.toJSONSchema(schema, { io: "input" }) as SchemaNode);
  made.set(schema, node);
  return node;
}

/** The schema of the whole section. */
export function configJsonSchema(): SchemaNode {
  return jsonSchemaOf(configSchema);
}

/** The schema of the value at `path` below `root`; `null` where nothing is declared there. */
export function schemaAt(root: SchemaNode, path: readonly (string | number)[]): SchemaNode | null {
  let node: SchemaNode | null = root;
  for (const step of path) {
    if (node === null) return null;
    node = typeof step === "number" ? (node.items ?? null) : childOf(node, step);
  }
  return node;
}

function childOf(node: SchemaNode, key: string): SchemaNode | null {
  if (node.properties !== undefined && Object.hasOwn(node.properties, key)) return node.properties[key] ?? null;
  return node.additionalProperties === undefined || node.additionalProperties === false ? null : node.additionalProperties;
}

/** What a value must be: `an integer from 200 to 60000`, `one of "debug", "info"`. */
export function describeExpected(node: SchemaNode): string {
  if (node.expected !== undefined) return node.expected;
  if (node.enum !== undefined) return `one of ${node.enum.map((value) => JSON.stringify(value)).join(", ")}`;
  switch (node.type) {
    case "boolean":
      return "true or false";
    case "integer":
      return `an integer${rangeOf(node)}`;
    case "number":
      return `a number${rangeOf(node)}`;
    case "string":
      return `a text${lengthOf(node)}`;
    case "array":
      return `a list of at most ${node.maxItems} values`;
    default:
      return "a section of key: value lines";
  }
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: SchemaNode): string {
  // zod writes the largest safe integer for integers without a limit.
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum !== undefined && most !== undefined) return ` from ${minimum} to ${most}`;
  if (minimum !== undefined) return `, at least ${minimum}`;
  const above = exclusiveMinimum === undefined ? "" : ` above ${exclusiveMinimum}`;
  return most === undefined ? above : `${above}, at most ${most}`;
}

function lengthOf(node: SchemaNode): string {
  return node.maxLength === undefined
    ? " of at least 1 character"
    : ` of ${node.minLength ?? 0} to ${node.maxLength} characters`;
}
