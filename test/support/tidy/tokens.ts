/**
 * Cuts TypeScript into tokens, exactly enough for the rules of the tree: comments, strings and regular expressions are told from
 * code. TypeScript 7 has no API for this. JSX text is cut as if it were code; no rule looks at it.
 */

export type TokenKind = "comment" | "string" | "template" | "regex" | "name" | "number" | "punctuation";

export interface Token {
  readonly kind: TokenKind;
  /** The content of a string or of one literal part of a template, without its delimiters; else the token as written. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

// Sticky patterns. A string or regular expression that does not end on its line is no such thing (an apostrophe in JSX text).
const patterns = {
  space: /\s+/y,
  comment: /\/\/[^\n]*|\/\*[\s\S]*?\*\/|^#![^\n]*/y,
  string: /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y,
  regex: /\/(?![/*])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y,
  name: /[\p{ID_Start}$_#@][\p{ID_Continue}$]*/uy,
  number: /\.?\d(?:[\w.]|(?<=[eE])[+-])*/y,
  punctuation: /=>|\?\.|\.\.\.|[\s\S]/y,
  templatePart: /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y,
};

/** After these words a value starts, so that a slash starts a regular expression; after any other name it divides. */
export const wordsBeforeValue = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "do",
  "else",
  "void",
  "delete",
  "throw",
  "new",
  "await",
  "yield",
]);

/** All tokens of `text` but white space, in order. Never fails: what is not understood becomes punctuation. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  /** Depth of braces at which each open template's `${` ends. */
  const templates: number[] = [];
  let braces = 0;
  let position = 0;
  let line = 1;

  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = position;
    return pattern.exec(text)?.[0] ?? null;
  };
  const take = (kind: TokenKind | null, written: string, content = written): void => {
    if (kind !== null) tokens.push({ kind, text: content, line });
    position += written.length;
    line += written.split("\n").length - 1;
  };
  const takeTemplatePart = (): void => {
    const part = match(patterns.templatePart) ?? "";
    take("template", part);
    if (text.startsWith("${", position)) {
      take("punctuation", "${");
      templates.push(braces);
    } else {
      take(null, text.slice(position, position + 1));
    }
  };

  while (position < text.length) {
    const written = match(patterns.space);
    if (written !== null) {
      take(null, written);
      continue;
    }
    if (text[position] === "`") {
      take(null, "`");
      takeTemplatePart();
      continue;
    }
    if (text[position] === "}" && templates.at(-1) === braces) {
      templates.pop();
      take("punctuation", "}");
      takeTemplatePart();
      continue;
    }
    const [kind, token] = next(match, startsValue(tokens));
    if (token === "{") braces++;
    if (token === "}") braces--;
    take(kind, token, kind === "string" ? token.slice(1, -1) : token);
  }
  return tokens;
}

function next(match: (pattern: RegExp) => string | null, regexAllowed: boolean): readonly [TokenKind, string] {
  for (const kind of ["comment", "string", "regex", "name", "number"] as const) {
    if (kind === "regex" && !regexAllowed) continue;
    const token = match(patterns[kind]);
    if (token !== null) return [kind, token];
  }
  return ["punctuation", match(patterns.punctuation) ?? ""];
}

/** Whether a value may start after the tokens so far, which is where a slash starts a regular expression; after `<` it closes a tag. */
function startsValue(tokens: readonly Token[]): boolean {
  const last = tokens.findLast((token) => token.kind !== "comment");
  if (last === undefined) return true;
  if (last.kind === "punctuation") return ![")", "]", "}", "<"].includes(last.text);
  return last.kind === "name" && wordsBeforeValue.has(last.text);
}
