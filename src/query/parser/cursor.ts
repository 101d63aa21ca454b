/** A position among the tokens, with the look-ahead and the errors that the parsing functions share. */
import type { ChainPulseError } from "../../core/errors.ts";
import {
  aggregationOperators,
  arithmeticOperators,
  comparisonOperators,
  setOperators,
  type Span,
  trimOperators,
} from "../ast.ts";
import { functionKeywords, Lexer, type Token } from "../lexer.ts";
import { quote } from "./literals.ts";
import { syntaxError } from "./syntax-error.ts";

/** All its errors carry the position of the token they are about. */
export class TokenCursor {
  readonly text: string;
  readonly #lexer: Lexer;
  /** Read, but not taken yet. */
  readonly #ahead: Token[] = [];
  #depth = 0;
  #aggregations = 0;
  /** End of the last token taken: where the node that was just read ends. */
  previousEnd = 0;

  constructor(text: string) {
    this.text = text;
    this.#lexer = new Lexer(text);
  }

  peek(ahead = 0): Token {
    for (;;) {
      const token = this.#ahead[ahead];
      if (token !== undefined) return token;
      this.#ahead.push(this.#lexer.next());
    }
  }

  next(): Token {
    const token = this.peek();
    this.#ahead.shift();
    this.previousEnd = token.end;
    return token;
  }

  isOperator(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "operator" && token.text === text;
  }

  isKeyword(keyword: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "keyword" && token.text.toLowerCase() === keyword;
  }

  acceptOperator(text: string): boolean {
    const found = this.isOperator(text);
    if (found) this.next();
    return found;
  }

  acceptKeyword(keyword: string): boolean {
    const found = this.isKeyword(keyword);
    if (found) this.next();
    return found;
  }

  expectOperator(text: string, context: string, expected = ""): Token {
    if (!this.isOperator(text)) throw this.unexpected(context, expected);
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

  /** Runs `read` inside an aggregation, which unexpected tokens are told with. */
  inAggregation<T>(read: () => T): T {
    this.#aggregations += 1;
    const result = read();
    this.#aggregations -= 1;
    return result;
  }

  /** `unexpected identifier "x" in context, expected y` at the next token; the lexer's error when it has found one there. */
  unexpected(context = "", expected = ""): ChainPulseError {
    const token = this.peek();
    if (token.kind === "error") return this.error(token, token.text);
    const place = context === "" && this.#aggregations > 0 ? "aggregation" : context;
    const wanted = expected === "" ? "" : `, expected ${expected}`;
    return this.error(token, `unexpected ${describe(token)}${place === "" ? "" : ` in ${place}`}${wanted}`);
  }

  error(at: Span, message: string): ChainPulseError {
    return syntaxError(this.text, at.start, message);
  }
}

/** Nested expressions; each costs some frames of the parser's stack. */
export const nestingDepthMax = 250;

const operatorWords: ReadonlySet<string> = new Set([
  ...arithmeticOperators,
  ...comparisonOperators,
  ...setOperators,
  ...trimOperators,
  "=~",
  "!~",
  "@",
]);
const aggregationWords: ReadonlySet<string> = new Set(aggregationOperators);

/** A token as Prometheus names it in its messages: `identifier "up"`, `<op:+>`, `<aggr:sum>`, `<by>`. */
function describe({ kind, text }: Token): string {
  const word = text.toLowerCase();
  switch (kind) {
    case "end":
      return "end of input";
    case "operator":
      return operatorWords.has(word) ? `<op:${text}>` : quote(text);
    case "keyword":
      if (operatorWords.has(word)) return `<op:${text}>`;
      if (aggregationWords.has(word)) return `<aggr:${text}>`;
      // Prometheus does not mark these as keywords.
      return functionKeywords.has(word) ? quote(text) : `<${text}>`;
    case "identifier":
    case "metric identifier":
      return `${kind} ${quote(text)}`;
    default:
      return `${kind} ${Buffer.byteLength(text) > 10 ? `${quote(Array.from(text).slice(0, 10).join(""))}...` : quote(text)}`;
  }
}
