/** A position in the token list, with the look-ahead and the errors that the parsing functions share. */
import type { ChainPulseError } from "../../core/errors.ts";
import { aggregationOperators, arithmeticOperators, comparisonOperators, setOperators, type Span } from "../ast.ts";
import { tokenize, type Token } from "../lexer.ts";
import { quote } from "./literals.ts";
import { syntaxError, unsupported } from "./syntax-error.ts";

/** All its errors carry the position of the token they are about. */
export class TokenCursor {
  readonly text: string;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #index = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
    this.#end = { kind: "end", text: "", start: text.length, end: text.length };
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#index + ahead] ?? this.#end;
  }

  next(): Token {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  /** End of the last token taken: where the node that was just read ends. */
  get previousEnd(): number {
    return this.#tokens[this.#index - 1]?.end ?? 0;
  }

  isOperator(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "operator" && token.text === text;
  }

  isKeyword(keyword: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "identifier" && token.text.toLowerCase() === keyword;
  }

  acceptOperator(text: string): boolean {
    const found = this.isOperator(text);
    if (found) this.#index += 1;
    return found;
  }

  acceptKeyword(keyword: string): boolean {
    const found = this.isKeyword(keyword);
    if (found) this.#index += 1;
    return found;
  }

  expectOperator(text: string, context: string): Token {
    if (!this.isOperator(text)) throw this.unexpected(context, quote(text));
    return this.next();
  }

  /** Runs `read` one level deeper; refuses what is nested beyond the limit before the stack does. */
  nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > nestingDepthMax) throw this.error(this.peek(), `nested deeper than ${nestingDepthMax} levels`);
    const result = read();
    this.#depth -= 1;
    return result;
  }

  /** `unexpected identifier "x" in context, expected y` at the next token. */
  unexpected(context: string, expected = ""): ChainPulseError {
    const token = this.peek();
    const wanted = expected === "" ? "" : `, expected ${expected}`;
    return this.error(token, `unexpected ${describe(token)}${context === "" ? "" : ` in ${context}`}${wanted}`);
  }

  error(at: Span, message: string): ChainPulseError {
    return syntaxError(this.text, at.start, message);
  }

  unsupported(at: Span, what: string): ChainPulseError {
    return unsupported(this.text, at.start, what);
  }
}

/** Nested expressions; each costs some frames of the parser's stack. */
export const nestingDepthMax = 250;

const keywords: ReadonlySet<string> = new Set([
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
  "bool",
  "offset",
]);
const symbols: ReadonlySet<string> = new Set([...arithmeticOperators, ...comparisonOperators, ...setOperators, "=~", "!~"]);

/** A token as Prometheus names it in its messages: `identifier "up"`, `<op:+>`, `<aggr:sum>`, `<by>`. */
function describe({ kind, text }: Token): string {
  const word = text.toLowerCase();
  if (kind === "end") return "end of input";
  if (kind === "operator" || kind === "identifier") {
    if (symbols.has(word)) return `<op:${text}>`;
    if (aggregationOperators.some((operator) => operator === word)) return `<aggr:${text}>`;
    if (keywords.has(word)) return `<${text}>`;
  }
  return kind === "operator" ? quote(text) : `${kind} ${quote(text)}`;
}
