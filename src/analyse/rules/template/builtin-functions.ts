/** The functions that every Go template has. Source: Go text/template/funcs.go. `and` and `or` are the evaluator's: they stop early. */
import { printValue } from "./go-format.ts";
import { printf } from "./printf.ts";
import { type GoValue, isTrue, typeOf } from "./values.ts";

/** Takes what it is called with and throws an `Error` that says what is wrong with it. */
export interface TemplateFunction {
  /** Fewest and most arguments. */
  readonly arity: readonly [number, number];
  call(args: readonly GoValue[]): GoValue;
}

const many = Number.POSITIVE_INFINITY;

/** A function of exactly one argument of any type. */
export function unary(call: (value: GoValue) => GoValue): TemplateFunction {
  // The evaluator has checked the number of arguments against `arity`.
  return { arity: [1, 1], call: ([value = null]) => call(value) };
}

export const builtinFunctions: Readonly<Record<string, TemplateFunction>> = {
  eq: { arity: [2, many], call: ([first = null, ...others]) => others.some((other) => equals(first, other)) },
  ne: { arity: [2, 2], call: ([a = null, b = null]) => !equals(a, b) },
  lt: { arity: [2, 2], call: ([a = null, b = null]) => isLess(a, b) },
  le: { arity: [2, 2], call: ([a = null, b = null]) => isLess(a, b) || equals(a, b) },
  gt: { arity: [2, 2], call: ([a = null, b = null]) => !isLess(a, b) && !equals(a, b) },
  ge: { arity: [2, 2], call: ([a = null, b = null]) => !isLess(a, b) },
  not: unary((value) => !isTrue(value)),
  len: unary(lengthOf),
  index: { arity: [1, many], call: ([value = null, ...keys]) => keys.reduce(itemOf, value) },
  slice: { arity: [1, 4], call: ([value = null, ...bounds]) => sliceOf(value, bounds.map(toIndex)) },
  print: { arity: [0, many], call: printAll },
  println: { arity: [0, many], call: (args) => `${args.map(printValue).join(" ")}\n` },
  printf: { arity: [1, many], call: ([format = null, ...args]) => printf(expectText(format), args) },
  html: { arity: [0, many], call: (args) => escapeHtml(printAll(args)) },
  js: { arity: [0, many], call: (args) => escapeScript(printAll(args)) },
  urlquery: { arity: [0, many], call: (args) => escapeQuery(printAll(args)) },
};

export function expectText(value: GoValue): string {
  if (typeof value === "string") return value;
  throw new Error(`wrong type for value; expected string; got ${typeOf(value)}`);
}

/** As Go's url.QueryEscape: all but letters, digits and `-_.~`, a space as `+`. */
export function escapeQuery(text: string): string {
  // A lone surrogate is no text that could be written in UTF-8.
  return encodeURIComponent(text.toWellFormed())
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

/** Between two operands a space, unless one of them is a string. Source: Go fmt.Sprint. */
function printAll(args: readonly GoValue[]): string {
  return args.reduce<string>((text, value, index) => {
    const before = args[index - 1];
    const spaced = index > 0 && typeof value !== "string" && typeof before !== "string";
    return `${text}${spaced ? " " : ""}${printValue(value)}`;
  }, "");
}

/** An int and a float are of different kinds, and kinds are not compared. */
function kindOf(value: GoValue): string {
  return typeof value === "object" ? (value?.kind ?? "nil") : typeof value;
}

function equals(a: GoValue, b: GoValue): boolean {
  if (a === null || b === null) return a === b;
  if (kindOf(a) !== kindOf(b)) throw new Error("incompatible types for comparison");
  if (typeof a === "object") throw new Error(`non-comparable type ${typeOf(a)}`);
  return a === b;
}

function isLess(a: GoValue, b: GoValue): boolean {
  if (typeof a === "object" || typeof a === "boolean" || typeof b === "object") throw new Error("invalid type for comparison");
  if (kindOf(a) !== kindOf(b)) throw new Error("incompatible types for comparison");
  // Of the same kind: checked one line above.
  return a < b;
}

function lengthOf(value: GoValue): bigint {
  if (typeof value === "string") return BigInt(Buffer.byteLength(value));
  if (typeof value === "object" && value?.kind === "list") return BigInt(value.items.length);
  if (typeof value === "object" && value?.kind === "map") return BigInt(value.entries.size);
  throw new Error(`len of type ${typeOf(value)}`);
}

function itemOf(value: GoValue, key: GoValue): GoValue {
  if (typeof value === "object" && value?.kind === "map") return value.entries.get(expectText(key)) ?? value.zero ?? null;
  const index = toIndex(key);
  if (typeof value === "string") return BigInt(itemAt(Buffer.from(value), index));
  if (typeof value === "object" && value?.kind === "list") return itemAt(value.items, index);
  throw new Error(`can't index item of type ${typeOf(value)}`);
}

function itemAt<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`index out of range: ${index}`);
  return item;
}

function toIndex(value: GoValue): number {
  if (typeof value !== "bigint") throw new Error(`cannot index slice/array with type ${typeOf(value)}`);
  return Number(value);
}

function sliceOf(value: GoValue, bounds: readonly number[]): GoValue {
  if (typeof value === "string") {
    const bytes = Buffer.from(value);
    const [start, end] = boundsOf(bounds, bytes.length);
    return bytes.toString("utf8", start, end);
  }
  if (typeof value !== "object" || value?.kind !== "list") throw new Error(`can't slice item of type ${typeOf(value)}`);
  return { kind: "list", items: value.items.slice(...boundsOf(bounds, value.items.length)) };
}

function boundsOf([start = 0, end]: readonly number[], length: number): readonly [number, number] {
  const last = end ?? length;
  if (start < 0 || last > length || start > last) throw new Error(`index out of range: ${start}:${last}`);
  return [start, last];
}

const htmlEntities: Readonly<Record<string, string>> = {
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\0": "\ufffd",
};

function escapeHtml(text: string): string {
  return text.replaceAll(/["'&<>\0]/g, (character) => htmlEntities[character] ?? character);
}

const scriptEscapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
};

function escapeScript(text: string): string {
  return text.replaceAll(/[\\'"<>&=\x00-\x1f]/g, (character) => {
    return scriptEscapes[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}
