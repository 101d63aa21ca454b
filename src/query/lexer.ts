/**
 * PromQL text → tokens, one at a time: an error of the lexer counts only when the parser gets there. Which characters have a meaning
 * depends on where they stand, inside braces, inside brackets or outside of both.
 * Source: Prometheus 3, promql/parser/lex.go.
 */
import { aggregationOperators, type Span } from "./ast.ts";
import { scanNumberOrDuration } from "./parser/scan-number.ts";
import { quoteCharacter, scanString } from "./parser/scan-string.ts";
import { quote } from "./parser/literals.ts";
import { syntaxError } from "./parser/syntax-error.ts";

/** A keyword is one outside of braces only. A metric identifier contains colons. `error` is the last token; its text is the message. */
export type TokenKind =
  | "identifier"
  | "metric identifier"
  | "keyword"
  | "number"
  | "duration"
  | "string"
  | "operator"
  | "end"
  | "error";

/** A piece of the text. */
export interface Token extends Span {
  readonly kind: TokenKind;
  /** As written; empty for `end`, which stands behind the last token. */
  readonly text: string;
}

/** Longest query text that is read at all. */
export const queryLengthMax = 1_000_000;

/** Keywords that are functions when they are called. */
export const functionKeywords: ReadonlySet<string> = new Set(["start", "end", "step", "range", "min_of", "max_of"]);

/** In any case of letters. */
const keywords: ReadonlySet<string> = new Set([
  "and",
  "or",
  "unless",
  "atan2",
  ...aggregationOperators,
  "offset",
  "smoothed",
  "anchored",
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
  "bool",
  ...functionKeywords,
]);

/** Keywords only in front of a parenthesis, so that metrics may have these names. */
const fillKeywords: ReadonlySet<string> = new Set(["fill", "fill_left", "fill_right"]);
const durationWords: ReadonlySet<string> = new Set(["step", "range", "min_of", "max_of"]);

const patterns = {
  space: /[ \t\n\r]*/y,
  spaceAndComments: /(?:[ \t\n\r]+|#[^\n\r]*)*/y,
  word: /[a-zA-Z_:][a-zA-Z0-9_:]*/y,
  label: /[a-zA-Z_][a-zA-Z0-9_]*/y,
  durationWord: /[a-zA-Z_]+/y,
  openingParen: /[ \t\n\r]*\(/y,
  operator: /==|!=|>=|<=|<\/|>\/|[+\-*/%^(){[\],=<>@]/y,
  operatorInBraces: /=~|!~|!=|[=,}]/y,
  operatorInDuration: /[+\-*/%^(),\]:]/y,
} as const;

/** Inside brackets the rules of a duration hold until the first number; then those of any expression, but for letters and colons. */
type Place = "outside" | "braces" | "duration" | "brackets";

/** Gives the tokens of one text. Throws `QUERY_SYNTAX` only for a text that is too long; what is wrong in it is an `error` token. */
export class Lexer {
  readonly #text: string;
  #at = 0;
  #place: Place = "outside";
  #parens = 0;
  /** Since the last opening bracket. */
  #hasDuration = false;
  #hasColon = false;
  #last: Token | null = null;

  constructor(text: string) {
    if (text.length > queryLengthMax) {
      throw syntaxError(text, 0, `the query has ${text.length} characters, more than ${queryLengthMax}`);
    }
    this.#text = text;
  }

  /** The next token; behind the last one (`end` or `error`) that one again. */
  next(): Token {
    if (this.#last !== null) return this.#last;
    this.#match(this.#place === "duration" ? patterns.space : patterns.spaceAndComments);
    const token = this.#read();
    if (token.kind === "end" || token.kind === "error") this.#last = token;
    return token;
  }

  #read(): Token {
    const character = this.#text[this.#at];
    if (character === undefined) return this.#readEnd();
    if (this.#place === "braces") return this.#readInBraces(character);
    if (this.#place === "duration") return this.#readInDuration(character);
    return this.#readStatement(character);
  }

  #readEnd(): Token {
    if (this.#place === "braces") return this.#fail("unexpected end of input inside braces");
    if (this.#place === "duration") return this.#fail("unexpected end of input in duration expression");
    if (this.#parens > 0) return this.#fail("unclosed left parenthesis");
    if (this.#place === "brackets") return this.#fail("unclosed left bracket");
    return this.#take("end", this.#at);
  }

  #readInBraces(character: string): Token {
    const label = this.#find(patterns.label);
    if (label !== null) return this.#take("identifier", label);
    if (isQuote(character)) return this.#readString();
    const operator = this.#find(patterns.operatorInBraces);
    if (operator !== null) {
      if (character === "}") this.#place = "outside";
      return this.#take("operator", operator);
    }
    if (character === "!") {
      return this.#fail(`unexpected character after '!' inside braces: ${this.#quoteAt(this.#at + 1)}`);
    }
    if (character === "{") return this.#fail("unexpected left brace '{'");
    return this.#fail(`unexpected character inside braces: ${this.#quoteAt(this.#at)}`);
  }

  #readInDuration(character: string): Token {
    const operator = this.#find(patterns.operatorInDuration);
    if (operator !== null) {
      if (character !== ":") return this.#takeOperator(operator);
      // Prometheus tells the place behind it.
      const after = this.#at + 1;
      if (!this.#hasDuration) return this.#fail("unexpected colon before duration in duration expression", after);
      if (this.#hasColon) return this.#fail("unexpected repeated colon in duration expression", after);
      this.#hasColon = true;
      return this.#take("operator", operator);
    }
    if (this.#isNumber(character)) {
      this.#place = "brackets";
      this.#hasDuration = true;
      return this.#readNumber();
    }
    return this.#readDurationWord() ?? this.#fail(`unexpected character in duration expression: ${this.#quoteAt(this.#at)}`);
  }

  #readStatement(character: string): Token {
    if (this.#isNumber(character)) return this.#readNumber();
    if (this.#place === "brackets" && /[a-zA-Z_:]/.test(character)) return this.#readLetterInBrackets(character);
    const word = this.#find(patterns.word);
    if (word !== null) return this.#readWord(word);
    if (isQuote(character)) return this.#readString();
    const after = this.#text[this.#at + 1];
    if (character === "=" && after === "~") return this.#fail("unexpected character after '=': '~'");
    if (character === "!" && after !== "=") return this.#fail(`unexpected character after '!': ${this.#quoteAt(this.#at + 1)}`);
    const operator = this.#find(patterns.operator);
    if (operator === null) return this.#fail(`unexpected character: ${this.#quoteAt(this.#at)}`);
    return this.#takeOperator(operator);
  }

  #readLetterInBrackets(character: string): Token {
    if (character !== ":") {
      return this.#readDurationWord() ?? this.#fail(`unexpected character: ${quoteCharacter(character)}, expected ':'`);
    }
    if (this.#hasColon) return this.#fail("unexpected colon ':'");
    this.#hasColon = true;
    return this.#take("operator", this.#at + 1);
  }

  #readWord(end: number): Token {
    const word = this.#text.slice(this.#at, end);
    const lower = word.toLowerCase();
    if (lower === "inf" || lower === "nan") return this.#take("number", end);
    if (keywords.has(lower)) return this.#take("keyword", end);
    if (word.includes(":")) return this.#take("metric identifier", end);
    const token = this.#take("identifier", end);
    return fillKeywords.has(lower) && this.#find(patterns.openingParen) !== null ? { ...token, kind: "keyword" } : token;
  }

  #readDurationWord(): Token | null {
    const end = this.#find(patterns.durationWord);
    if (end === null || !durationWords.has(this.#text.slice(this.#at, end).toLowerCase())) return null;
    this.#hasDuration = true;
    return this.#take("keyword", end);
  }

  #readString(): Token {
    const scanned = scanString(this.#text, this.#at);
    return "end" in scanned ? this.#take("string", scanned.end) : this.#fail(scanned.message);
  }

  #readNumber(): Token {
    const { kind, end } = scanNumberOrDuration(this.#text, this.#at);
    if (kind !== null) return this.#take(kind, end);
    return this.#fail(`bad number or duration syntax: ${quote(this.#text.slice(this.#at, end))}`);
  }

  /** An operator that may open or close something. */
  #takeOperator(end: number): Token {
    const token = this.#take("operator", end);
    switch (token.text) {
      case "(":
        this.#parens += 1;
        break;
      case ")":
        this.#parens -= 1;
        // Prometheus tells the place behind it.
        if (this.#parens < 0) return this.#fail("unexpected right parenthesis ')'");
        break;
      case "{":
        this.#place = "braces";
        break;
      case "[":
        if (this.#place === "brackets") return this.#fail("unexpected left bracket '['", token.start);
        this.#place = "duration";
        this.#hasDuration = false;
        this.#hasColon = false;
        break;
      case "]":
        if (this.#place === "outside") return this.#fail("unexpected right bracket ']'", token.start);
        this.#place = "outside";
        break;
      default:
    }
    return token;
  }

  #isNumber(character: string): boolean {
    return /[0-9]/.test(character) || (character === "." && /[0-9]/.test(this.#text[this.#at + 1] ?? ""));
  }

  #take(kind: TokenKind, end: number): Token {
    const start = this.#at;
    this.#at = end;
    return { kind, text: this.#text.slice(start, end), start, end };
  }

  #fail(message: string, at = this.#at): Token {
    return { kind: "error", text: message, start: at, end: this.#text.length };
  }

  /** The end of what the pattern finds here; `null` when it is nothing. */
  #find(pattern: RegExp): number | null {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text) ? pattern.lastIndex : null;
  }

  /** Goes over what the pattern finds here. */
  #match(pattern: RegExp): void {
    this.#at = this.#find(pattern) ?? this.#at;
  }

  /** The character there, quoted; at the end of the text what stands for none. */
  #quoteAt(at: number): string {
    return quoteCharacter(String.fromCodePoint(this.#text.codePointAt(at) ?? 0xfffd));
  }
}

function isQuote(character: string): boolean {
  return character === '"' || character === "'" || character === "`";
}
