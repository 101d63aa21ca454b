/**
 * PromQL text → tokens. Keywords are not told apart here: they may all be metric or label names, so the parser decides.
 * Source: Prometheus 3, promql/parser/lex.go.
 */
import type { Span } from "./ast.ts";
import { quote } from "./parser/literals.ts";
import { syntaxError } from "./parser/syntax-error.ts";

/** Words, keywords among them, are identifiers; `5m` is a duration, wherever it stands. */
export type TokenKind = "identifier" | "number" | "duration" | "string" | "operator" | "end";

/** A piece of the text. */
export interface Token extends Span {
  readonly kind: TokenKind;
  /** As written; empty for `end`, which stands behind the last token. */
  readonly text: string;
}

/** Longest query text that is read at all. */
export const queryLengthMax = 1_000_000;

const patterns = {
  space: /(?:\s+|#[^\n]*)*/y,
  /** A colon alone is the subquery's; it is part of a name elsewhere. */
  identifier: /[a-zA-Z_:][a-zA-Z0-9_:]*/y,
  duration: /(?:\d+(?:ms|[smhdwy]))+(?![a-zA-Z0-9_.])/y,
  number: /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y,
  numberTail: /[a-zA-Z0-9_.]+/y,
  string: /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'|`[^`]*`/y,
  operator: /==|=~|!=|!~|>=|<=|[+\-*/%^(){}[\],=<>@:]/y,
} as const;

/** All tokens of the text, without spaces and comments. Throws `QUERY_SYNTAX`, also for brackets that do not pair. */
export function tokenize(text: string): readonly Token[] {
  if (text.length > queryLengthMax) {
    throw syntaxError(text, 0, `the query has ${text.length} characters, more than ${queryLengthMax}`);
  }
  const tokens: Token[] = [];
  const brackets = new BracketCounter(text);
  let at = 0;
  for (;;) {
    at += matchAt(patterns.space, text, at)?.length ?? 0;
    if (at >= text.length) break;
    const token = readToken(text, at, brackets);
    brackets.count(token);
    tokens.push(token);
    at = token.end;
  }
  brackets.checkClosed();
  return tokens;
}

/** Pairs parentheses, braces and brackets, so that a forgotten one is named as such. */
class BracketCounter {
  readonly #text: string;
  #parens = 0;
  #inBraces = false;
  inBrackets = false;

  constructor(text: string) {
    this.#text = text;
  }

  count(token: Token): void {
    if (token.kind !== "operator") return;
    const fail = (name: string): never => {
      throw syntaxError(this.#text, token.start, `unexpected ${name} '${token.text}'`);
    };
    if (token.text === "(") this.#parens += 1;
    else if (token.text === ")") {
      if (this.#parens === 0) fail("right parenthesis");
      this.#parens -= 1;
    } else if (token.text === "[") this.inBrackets = this.inBrackets ? fail("left bracket") : true;
    else if (token.text === "]") this.inBrackets = this.inBrackets ? false : fail("right bracket");
    else if (token.text === "{") this.#inBraces = this.#inBraces ? fail("left brace") : true;
    else if (token.text === "}") this.#inBraces = this.#inBraces ? false : fail("right brace");
  }

  checkClosed(): void {
    const end = this.#text.length;
    if (this.#inBraces) throw syntaxError(this.#text, end, "unexpected end of input inside braces");
    if (this.inBrackets) throw syntaxError(this.#text, end, "unclosed left bracket");
    if (this.#parens > 0) throw syntaxError(this.#text, end, "unclosed left parenthesis");
  }
}

function readToken(text: string, at: number, { inBrackets }: { readonly inBrackets: boolean }): Token {
  const first = text[at] ?? "";
  const make = (kind: TokenKind, length: number): Token => ({
    kind,
    text: text.slice(at, at + length),
    start: at,
    end: at + length,
  });
  // Inside `[…]` a colon separates range and step: `[5m:1m]`, `[1h:]`.
  if (!(inBrackets && first === ":")) {
    const identifier = matchAt(patterns.identifier, text, at);
    if (identifier !== null) return make("identifier", identifier.length);
  }
  if (/[0-9.]/.test(first)) return readNumber(text, at, make);
  const string = matchAt(patterns.string, text, at);
  if (string !== null) return make("string", string.length);
  if (`"'\``.includes(first))
    throw syntaxError(text, at, first === "`" ? "unterminated raw string" : "unterminated quoted string");
  const operator = matchAt(patterns.operator, text, at);
  if (operator !== null) return make("operator", operator.length);
  throw syntaxError(text, at, `unexpected character: '${String.fromCodePoint(text.codePointAt(at) ?? 0)}'`);
}

function readNumber(text: string, at: number, make: (kind: TokenKind, length: number) => Token): Token {
  const duration = matchAt(patterns.duration, text, at);
  if (duration !== null) return make("duration", duration.length);
  const length = matchAt(patterns.number, text, at)?.length ?? 0;
  const tail = matchAt(patterns.numberTail, text, at + length);
  if (length === 0 || tail !== null) {
    throw syntaxError(text, at, `bad number or duration syntax: ${quote(text.slice(at, at + length + (tail?.length ?? 1)))}`);
  }
  return make("number", length);
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}
