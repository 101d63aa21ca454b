/** Pipelines: `$x := f .A "b" | g`. Source of the language: Go text/template/parse/parse.go, pipeline and operand. */
import { unquote } from "../../../query/parser/literals.ts";
import { TemplateError } from "./template-error.ts";
import type { TokenCursor } from "./token-cursor.ts";
import type { Token } from "./tokens.ts";
import type { Command, Operand, Pipe } from "./tree.ts";
import type { GoValue } from "./values.ts";

/** What the pipeline is for: only `range` may declare two variables. */
type PipeUse = "action" | "if" | "with" | "range";

const literals: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
]);
/** Deeper parentheses are no template that a person has written. */
const depthMax = 64;

export class PipeParser {
  readonly #cursor: TokenCursor;
  readonly #functions: ReadonlySet<string>;
  /** Those in scope, shared with whoever opens and closes scopes. */
  readonly #variables: string[];
  #depth = 0;

  constructor(cursor: TokenCursor, functions: ReadonlySet<string>, variables: string[]) {
    this.#cursor = cursor;
    this.#functions = functions;
    this.#variables = variables;
  }

  /** Up to, and without, what ends it: `}}` or `)`. */
  pipe(use: PipeUse): Pipe {
    if (++this.#depth > depthMax) throw this.#cursor.error(`parentheses nested deeper than ${depthMax} levels`);
    const offset = this.#cursor.peek?.offset ?? 0;
    const { variables, assigns } = this.#declaration(use);
    const commands: Command[] = [];
    do commands.push(this.#command(commands.length > 0));
    while (this.#cursor.take("|") !== null);
    // A variable is known only behind its own value.
    if (!assigns) this.#variables.push(...variables);
    this.#depth -= 1;
    return { variables, assigns, commands, offset };
  }

  /** `$x :=`, `$x =`, and in a range `$i, $x :=`. */
  #declaration(use: PipeUse): { variables: readonly string[]; assigns: boolean } {
    const first = this.#cursor.peek;
    const second = this.#cursor.peekSecond;
    const declares = second?.kind === ":=" || second?.kind === "=" || (use === "range" && second?.kind === ",");
    if (first?.kind !== "variable" || !declares) return { variables: [], assigns: false };
    const names = [first];
    this.#cursor.next();
    if (this.#cursor.take(",") !== null) names.push(this.#cursor.expect("variable", "a variable"));
    const assigns = this.#cursor.take("=") !== null;
    if (assigns) for (const name of names) this.#known(name);
    else this.#cursor.expect(":=", ":=");
    return { variables: names.map(({ text }) => text), assigns };
  }

  #command(isPiped: boolean): Command {
    const first = this.#operand();
    if (first === null) throw this.#cursor.error("expected a value");
    const rest: Operand[] = [];
    for (let operand = this.#operand(); operand !== null; operand = this.#operand()) rest.push(operand);
    const isValue = first.kind === "literal" || (first.kind === "dot" && first.fields.length === 0);
    if (isValue && (isPiped || rest.length > 0)) {
      throw new TemplateError("a value takes no arguments: a function is missing before it", first.offset);
    }
    if (first.kind === "literal" && first.value === null) throw new TemplateError("nil is not a command", first.offset);
    return { operands: [first, ...rest] };
  }

  /** One operand with the fields behind it; `null` where the command ends. */
  #operand(): Operand | null {
    const token = this.#cursor.peek;
    if (token === undefined) return null;
    switch (token.kind) {
      case "dot":
        this.#cursor.next();
        return { kind: "dot", fields: this.#fields(), offset: token.offset };
      case "field":
        return { kind: "dot", fields: this.#fields(true), offset: token.offset };
      case "variable":
        this.#cursor.next();
        this.#known(token);
        return { kind: "variable", name: token.text, fields: this.#fields(), offset: token.offset };
      case "word":
        this.#cursor.next();
        return this.#word(token);
      case "number":
      case "string":
      case "character":
        this.#cursor.next();
        return { kind: "literal", value: literalOf(token), fields: [], offset: token.offset };
      case "(": {
        this.#cursor.next();
        const pipe = this.pipe("action");
        this.#cursor.expect(")", ")");
        return { kind: "pipe", pipe, fields: this.#fields(), offset: token.offset };
      }
      default:
        return null;
    }
  }

  #word({ text, offset }: Token): Operand {
    const literal = text === "nil" ? null : literals.get(text);
    if (literal !== undefined) return { kind: "literal", value: literal, fields: [], offset };
    if (!this.#functions.has(text)) throw new TemplateError(`function ${JSON.stringify(text)} is not defined`, offset);
    return { kind: "function", name: text, fields: this.#fields(), offset };
  }

  /** `.a.b` without a space between; `first`: the first field begins the operand, so a space before it is fine. */
  #fields(first = false): readonly string[] {
    const fields: string[] = [];
    for (let token = this.#cursor.peek; token?.kind === "field"; token = this.#cursor.peek) {
      if (token.spaceBefore && !(first && fields.length === 0)) break;
      fields.push(token.text.slice(1));
      this.#cursor.next();
    }
    return fields;
  }

  #known({ text, offset }: Token): void {
    if (!this.#variables.includes(text)) throw new TemplateError(`undefined variable ${JSON.stringify(text)}`, offset);
  }
}

/** Without underscores; a leading zero means octal in Go. */
const integer = /^(?<sign>[+-]?)(?<plain>0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+|0(?<octal>[0-7]+)|0|[1-9]\d*)$/;

function literalOf({ kind, text, offset }: Token): GoValue {
  if (kind === "number") return numberOf(text, offset);
  const value = unquote(text);
  const isValid = value !== null && (kind === "string" || Array.from(value).length === 1);
  if (!isValid) throw new TemplateError(`${text} is not valid`, offset);
  return kind === "string" ? value : BigInt(value.codePointAt(0) ?? 0);
}

/** An int where it is written as one. Source: Go text/template/parse/node.go, newNumber. */
function numberOf(text: string, offset: number): GoValue {
  const digits = text.replaceAll("_", "");
  const found = integer.exec(digits)?.groups;
  if (found === undefined) {
    if (/^[+-]?\d*(?:\.|\d[eE])/.test(digits)) return Number(digits);
    throw new TemplateError(`bad number syntax: ${text}`, offset);
  }
  const { sign, plain = "", octal } = found;
  const size = BigInt(octal === undefined ? plain : `0o${octal}`);
  const value = sign === "-" ? -size : size;
  if (BigInt.asIntN(64, value) !== value) throw new TemplateError(`integer overflow: ${text}`, offset);
  return value;
}
