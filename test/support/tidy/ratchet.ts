/** Counts of what weakens the types. Each may only fall: a test compares them with committed numbers. */
import { isForTests, type SourceFile } from "./source-tree.ts";
import { type Token, wordsBeforeValue } from "./tokens.ts";

export interface TypeDebt {
  /** The type `any`. */
  readonly any: number;
  /** Comments that silence the compiler or the linter. */
  readonly suppressions: number;
  /** `x as T`, but not `as const` and not the renaming in imports and exports. */
  readonly casts: number;
  /** `x!`. */
  readonly nonNull: number;
}

/** Counts over the product's code; tests may cast to make wrong input. */
export function countTypeDebt(files: readonly SourceFile[]): TypeDebt {
  const product = files.filter(({ path }) => path.startsWith("src/") && !isForTests(path));
  const count = (of: (file: SourceFile) => number): number => product.reduce((sum, file) => sum + of(file), 0);
  return {
    any: count(
      ({ code }) => code.filter((token, index) => token.kind === "name" && token.text === "any" && isType(code, index)).length,
    ),
    suppressions: count(
      ({ tokens }) => tokens.filter((token) => token.kind === "comment" && suppression.test(token.text)).length,
    ),
    casts: count(castsOf),
    nonNull: count(({ code }) => code.filter((_, index) => assertsNonNull(code, index)).length),
  };
}

const suppression = /@ts-(ignore|expect-error|nocheck)|(oxlint|eslint)-disable/;

/** Whether a name is a type and not a key or a value: `: any`, `<any`, `as any`, `| any`, `Array<string, any`. */
function isType(code: SourceFile["code"], index: number): boolean {
  const before = code[index - 1]?.text ?? "";
  return code[index + 1]?.text !== ":" && [":", "<", "as", "|", "&", ",", "=>", "=", "satisfies"].includes(before);
}

function castsOf({ code, imports }: SourceFile): number {
  return code.filter((token, index) => {
    const before = code[index - 1];
    const after = code[index + 1];
    if (token.kind !== "name" || token.text !== "as" || after?.text === "const") return false;
    if (imports.some(({ from, to }) => from <= index && index <= to)) return false;
    return (
      (endsValue(before) || before?.text === "!") &&
      (after?.kind === "name" || after?.kind === "string" || /^[{[(]$/.test(after?.text ?? ""))
    );
  }).length;
}

/** Whether the `!` at `index` stands after a value and neither compares (`!=`) nor starts the next condition. */
function assertsNonNull(code: SourceFile["code"], index: number): boolean {
  const after = code[index + 1];
  if (code[index]?.text !== "!" || !endsValue(code[index - 1]) || after === undefined) return false;
  return after.kind === "name" ? after.text === "as" : after.text !== "=" && after.text !== "(";
}

function endsValue(token: Token | undefined): boolean {
  if (token === undefined) return false;
  return token.kind === "punctuation" ? /^[)\]}]$/.test(token.text) : !wordsBeforeValue.has(token.text);
}
