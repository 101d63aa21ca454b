/**
 * Template text → tokens. Between actions text is one token; inside them spaces separate operands, so each token knows whether one
 * was before it. Source of the language: Go text/template/parse/lex.go.
 */
import { TemplateError } from "./template-error.ts";

export type TokenKind =
  | "text"
  | "open"
  | "close"
  | "word"
  | "field"
  | "variable"
  | "dot"
  | "number"
  | "string"
  | "character"
  | "|"
  | ":="
  | "="
  | ","
  | "("
  | ")";

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a text, what is left of it after trimming; of a field and a variable, with its `.` and `$`. */
  readonly text: string;
  readonly offset: number;
  readonly spaceBefore: boolean;
}

/** In an action, in the order in which they are tried. */
const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ["number", /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y],
  ["field", /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["dot", /\./y],
  ["variable", /\$[\p{L}\p{Nd}_]*/uy],
  ["word", /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["string", /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ["character", /'(?:[^'\\\n]|\\[^\n])+'/y],
  [":=", /:=/y],
  ["=", /=/y],
  ["|", /\|/y],
  [",", /,/y],
  ["(", /\(/y],
  [")", /\)/y],
];
/** After these a sign or a letter would run into the token: `1a` and `"a"b` are mistakes. */
const atomic: ReadonlySet<TokenKind> = new Set(["number", "field", "variable", "word", "string", "character"]);

const spaces = /[ \t\r\n]*/y;
const comment = /\/\*[\s\S]*?\*\//y;
const closing = /(?:[ \t\r\n]-)?\}\}/y;
const trimmedStart = /^[ \t\r\n]+/;

/** Throws `TemplateError`. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimStart = false;
  while (at < text.length) {
    const open = text.indexOf("{{", at);
    const end = open < 0 ? text.length : open;
    const trimEnd = open >= 0 && /^-[ \t\r\n]/.test(text.slice(open + 2, open + 4));
    pushText(tokens, text.slice(at, end), at, { trimStart, trimEnd });
    if (open < 0) break;
    const action = readAction(text, open, open + (trimEnd ? 4 : 2), tokens);
    at = action.end;
    trimStart = action.trims;
  }
  return tokens;
}

function pushText(tokens: Token[], raw: string, offset: number, trim: { trimStart: boolean; trimEnd: boolean }): void {
  const startless = trim.trimStart ? raw.replace(trimmedStart, "") : raw;
  const text = trim.trimEnd ? withoutSpacesAtEnd(startless) : startless;
  if (text !== "") tokens.push({ kind: "text", text, offset, spaceBefore: false });
}

/** A pattern that ends with `$` would look at every run of spaces again from each of its characters. */
function withoutSpacesAtEnd(text: string): string {
  let end = text.length;
  while (end > 0 && " \t\r\n".includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** The tokens from after the opening braces to the closing ones; a comment has none. Returns where the action ends, and whether `-}}` did. */
function readAction(text: string, open: number, start: number, tokens: Token[]): { end: number; trims: boolean } {
  const commentEnd = matchAt(comment, text, start);
  if (commentEnd !== null) {
    const end = matchAt(closing, text, start + commentEnd.length);
    if (end === null) throw new TemplateError("a comment must end its action: */}}", start);
    return { end: start + commentEnd.length + end.length, trims: end.length > 2 };
  }
  tokens.push({ kind: "open", text: "{{", offset: open, spaceBefore: false });
  let at = start;
  let spaceBefore = true;
  for (;;) {
    const end = matchAt(closing, text, at);
    if (end !== null) {
      tokens.push({ kind: "close", text: "}}", offset: at, spaceBefore });
      return { end: at + end.length, trims: end.length > 2 };
    }
    const space = matchAt(spaces, text, at) ?? "";
    if (space !== "") {
      // ` -}}` begins with a space that belongs to it.
      const trimming = matchAt(closing, text, at + space.length - 1);
      at += trimming === null ? space.length : space.length - 1;
      spaceBefore = true;
      continue;
    }
    if (at >= text.length) throw new TemplateError("the action is not closed: }} is missing", open);
    const token = readToken(text, at, spaceBefore);
    tokens.push(token);
    at += token.text.length;
    spaceBefore = false;
  }
}

function readToken(text: string, offset: number, spaceBefore: boolean): Token {
  for (const [kind, pattern] of patterns) {
    const found = matchAt(pattern, text, offset);
    if (found === null) continue;
    if (atomic.has(kind) && /[\p{L}\p{Nd}_$"'`]/u.test(text[offset + found.length] ?? "")) {
      throw new TemplateError(
        `unexpected ${JSON.stringify(text[offset + found.length])} after ${found}`,
        offset + found.length,
      );
    }
    return { kind, text: found, offset, spaceBefore };
  }
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  if (character === '"' || character === "`") throw new TemplateError("the string is not closed", offset);
  throw new TemplateError(`unexpected ${JSON.stringify(character)} in an action`, offset);
}

/** What the sticky pattern finds exactly there. */
function matchAt(pattern: RegExp, text: string, offset: number): string | null {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? null;
}
