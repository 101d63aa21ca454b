/** What a file imports, read from its tokens. */
import type { Token } from "./tokens.ts";

export interface Import {
  /** As written: `./lexer.ts`, `node:fs`, `zod`. */
  readonly specifier: string;
  /** `static`: `import … from` and `export … from`; `dynamic`: `import("…")`; `url`: `new URL("…", import.meta.url)`. */
  readonly form: "static" | "dynamic" | "url";
  /** Erased before the program runs. */
  readonly typeOnly: boolean;
  /** Names taken from the module; empty for `*`, for a side effect and for the other forms. */
  readonly names: readonly string[];
  readonly reExport: boolean;
  readonly line: number;
  /** Indexes of the first and the last of its tokens. */
  readonly from: number;
  readonly to: number;
}

/** `code` is a file's tokens without comments. */
export function importsOf(code: readonly Token[]): readonly Import[] {
  return code.flatMap((token, index) => {
    const found = token.kind === "name" && code[index - 1]?.text !== "." ? importAt(code, index) : null;
    return found === null ? [] : [found];
  });
}

function importAt(code: readonly Token[], index: number): Import | null {
  switch (code[index]?.text) {
    case "import":
      return dynamicImport(code, index) ?? staticImport(code, index);
    case "export":
      return staticImport(code, index);
    case "new":
      return urlOf(code, index);
    default:
      return null;
  }
}

function dynamicImport(code: readonly Token[], index: number): Import | null {
  const [bracket, specifier] = code.slice(index + 1, index + 3);
  if (bracket?.text !== "(" || specifier?.kind !== "string") return null;
  return { ...plain(code, index, specifier, index + 2), form: "dynamic" };
}

function urlOf(code: readonly Token[], index: number): Import | null {
  const [name, bracket, specifier, ...rest] = code.slice(index + 1, index + 10);
  if (name?.text !== "URL" || bracket?.text !== "(" || specifier?.kind !== "string") return null;
  if (
    !rest
      .map((token) => token.text)
      .join("")
      .startsWith(",import.meta.url")
  )
    return null;
  return { ...plain(code, index, specifier, index + 3), form: "url" };
}

/** `import x, { a as b } from "…"`, `import "…"`, `export { a } from "…"`, `export * from "…"`; with `type` after the first word. */
function staticImport(code: readonly Token[], index: number): Import | null {
  let at = index + 1;
  const typeOnly = code[at]?.text === "type" && code[at + 1]?.text !== "from";
  if (typeOnly) at++;
  const start = at;
  // The clause is names, commas, braces and a star; anything else means that this is another statement.
  while (code[at] !== undefined && (code[at]?.kind === "name" || ["{", "}", ",", "*"].includes(code[at]?.text ?? ""))) at++;
  const specifier = code[at];
  if (specifier?.kind !== "string") return null;
  const clause = code.slice(start, at);
  if (clause.length > 0 && clause.at(-1)?.text !== "from") return null;
  const names = namesIn(clause);
  return {
    ...plain(code, index, specifier, at),
    typeOnly: typeOnly || (names.length > 0 && names.every((name) => name.startsWith("type "))),
    names: names.map((name) => name.replace("type ", "")),
    reExport: code[index]?.text === "export",
  };
}

/** `{ a, type B as C }` → `a`, `type B`: the names on the module's side. */
function namesIn(clause: readonly Token[]): readonly string[] {
  const open = clause.findIndex((token) => token.text === "{");
  const close = clause.findIndex((token) => token.text === "}");
  if (open < 0 || close < 0) return [];
  const inner = clause.slice(open + 1, close).map((token) => token.text);
  return inner
    .join(" ")
    .split(",")
    .map((name) => name.trim().replace(/ as .*$/, ""))
    .filter((name) => name !== "");
}

function plain(code: readonly Token[], from: number, specifier: Token, to: number): Import {
  const line = code[from]?.line ?? specifier.line;
  return { specifier: specifier.text, form: "static", typeOnly: false, names: [], reExport: false, line, from, to };
}
