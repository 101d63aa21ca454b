/**
 * Values of templates, with the distinctions that Go makes: an int is a `bigint`, a float64 a `number`, nil is `null`. Comparisons,
 * truth and printing follow Go's text/template (exec.go, funcs.go) and fmt.
 */

/** `zero`: what a missing key reads as; absent where Go prints `<no value>`. */
export interface GoMap {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, GoValue>;
  readonly zero?: GoValue;
}

export interface GoList {
  readonly kind: "list";
  readonly items: readonly GoValue[];
}

/** A field that it does not have is an error. */
export interface GoStruct {
  readonly kind: "struct";
  readonly type: string;
  readonly fields: ReadonlyMap<string, GoValue>;
}

/** An instant in UTC. */
export interface GoTime {
  readonly kind: "time";
  readonly ms: number;
}

export type GoValue = string | number | bigint | boolean | null | GoMap | GoList | GoStruct | GoTime;

/** The name of its type in messages. */
export function typeOf(value: GoValue): string {
  if (typeof value === "string") return "string";
  if (typeof value === "number") return "float64";
  if (typeof value === "bigint") return "int";
  if (typeof value === "boolean") return "bool";
  if (value === null) return "nil";
  if (value.kind === "time") return "time.Time";
  return value.kind === "struct" ? value.type : value.kind;
}

/** Whether `if` takes it: zero, empty and nil are false. Source: Go text/template/exec.go, IsTrue. */
export function isTrue(value: GoValue): boolean {
  if (typeof value !== "object") return Boolean(value) || Number.isNaN(value);
  if (value === null) return false;
  if (value.kind === "map") return value.entries.size > 0;
  return value.kind === "list" ? value.items.length > 0 : true;
}

/** A map from names to texts, as labels are; a missing one is the empty text. */
export function textMap(entries: Readonly<Record<string, string>>): GoMap {
  return { kind: "map", entries: new Map(Object.entries(entries)), zero: "" };
}
