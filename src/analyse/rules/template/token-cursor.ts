/** A place among the tokens of a template: what comes next, and what must. */
import { unquote } from "../../../query/parser/literals.ts";
import { TemplateError } from "./template-error.ts";
import type { Token, TokenKind } from "./tokens.ts";

export class TokenCursor {
  readonly #tokens: readonly Token[];
  readonly #length: number;
  #next = 0;

  /** `length` of the text: where an end that comes too early is reported. */
  constructor(tokens: readonly Token[], length: number) {
    this.#tokens = tokens;
    this.#length = length;
  }

  get peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  get peekSecond(): Token | undefined {
    return this.#tokens[this.#next + 1];
  }

  get atEnd(): boolean {
    return this.#next >= this.#tokens.length;
  }

  next(): void {
    this.#next += 1;
  }

  /** The next token, where it is of this kind. */
  take(kind: TokenKind): Token | null {
    const token = this.peek;
    if (token?.kind !== kind) return null;
    this.#next += 1;
    return token;
  }

  /** Throws `TemplateError` where something else comes. */
  expect(kind: TokenKind, what: string): Token {
    const token = this.take(kind);
    if (token === null) throw this.error(`expected ${what}`);
    return token;
  }

  /** The value of a string. */
  expectText(what: string): string {
    const token = this.expect("string", `${what} in quotes`);
    const text = unquote(token.text);
    if (text === null) throw new TemplateError(`${token.text} is not a valid string`, token.offset);
    return text;
  }

  error(message: string): TemplateError {
    const token = this.peek;
    const found = token === undefined ? "the end" : token.kind === "text" ? "text" : JSON.stringify(token.text);
    return new TemplateError(`${message}, found ${found}`, token?.offset ?? this.#length);
  }
}
