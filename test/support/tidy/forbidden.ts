/** Code that the product never contains: telemetry strings are hostile, and errors are never swallowed. */
import type { SourceFile, Violation } from "./source-tree.ts";

const markupSinks = new Set(["innerHTML", "outerHTML", "insertAdjacentHTML", "dangerouslySetInnerHTML"]);

/** Markup made from strings. */
export function checkMarkupSinks(files: readonly SourceFile[]): readonly Violation[] {
  return product(files).flatMap(({ path, code }) =>
    code
      .filter((token) => markupSinks.has(token.kind === "string" || token.kind === "name" ? token.text : ""))
      .map(({ text, line }) => ({ path, line, message: `${text} makes markup from a string` })),
  );
}

/** Commands that go through a shell: `shell: …` other than `false`, and the functions that always use one. */
export function checkShells(files: readonly SourceFile[]): readonly Violation[] {
  return product(files).flatMap(({ path, code, imports }) => {
    const options = code
      .filter((token, index) => token.text === "shell" && code[index + 1]?.text === ":" && code[index + 2]?.text !== "false")
      .map(({ line }) => ({ path, line, message: "a command run by a shell: pass its arguments as a list" }));
    const functions = imports
      .filter(
        ({ specifier, names }) => /^(node:)?child_process$/.test(specifier) && names.some((name) => /^exec(Sync)?$/.test(name)),
      )
      .map(({ line }) => ({ path, line, message: "exec runs a shell: use execFile or spawn" }));
    return [...options, ...functions];
  });
}

/** `catch {}` and `.catch(() => {})` with nothing in the braces, not even the reason why nothing is to be done. */
export function checkEmptyCatches(files: readonly SourceFile[]): readonly Violation[] {
  return files.flatMap(({ path, tokens }) =>
    tokens
      .filter((token, index) => token.kind === "name" && token.text === "catch" && isEmptyAt(tokens, index + 1))
      .map(({ line }) => ({ path, line, message: "an empty catch: handle the error or say why nothing is to be done" })),
  );
}

/** Whether what follows is an empty block after an optional `(error)`, or a function with an empty block as the only argument. */
function isEmptyAt(tokens: SourceFile["tokens"], index: number): boolean {
  const following = tokens.slice(index, index + 8).map(({ kind, text }) => (kind === "name" ? "name" : text));
  return /^(\(name\))?\{\}|^\((name|\((name)?\))=>\{\}/.test(following.join(""));
}

function product(files: readonly SourceFile[]): readonly SourceFile[] {
  return files.filter(({ path }) => path.startsWith("src/") || path.startsWith("setup/"));
}
