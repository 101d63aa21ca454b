/**
 * Tokens → tree. Functions and variables must exist, as in Go: a rule with a mistake in its template is refused before it is
 * evaluated for the first time. Source of the language: Go text/template/parse/parse.go.
 */
import { TemplateError } from "./template-error.ts";
import { PipeParser } from "./parse-pipe.ts";
import { TokenCursor } from "./token-cursor.ts";
import { tokenize } from "./tokens.ts";
import type { Block, Template, TemplateNode } from "./tree.ts";

export interface ParseTemplateOptions {
  readonly functions: ReadonlySet<string>;
  /** With their `$`; `$` itself always exists. */
  readonly variables: readonly string[];
}

/** Deeper nesting is no template that a person has written. */
const depthMax = 64;
/** Longer texts are refused before they are read. */
const lengthMax = 65_536;

/** Throws `TemplateError`. */
export function parseTemplate(text: string, options: ParseTemplateOptions): Template {
  if (text.length > lengthMax) throw new TemplateError(`a template of more than ${lengthMax} characters`, 0);
  return new TemplateParser(text, options).parse();
}

type BlockEnd = "end" | "else" | "eof";

class TemplateParser {
  readonly #cursor: TokenCursor;
  readonly #pipes: PipeParser;
  readonly #variables: string[];
  readonly #initial: readonly string[];
  readonly #defined = new Map<string, Block>();
  #depth = 0;
  #ranges = 0;

  constructor(text: string, options: ParseTemplateOptions) {
    this.#cursor = new TokenCursor(tokenize(text), text.length);
    this.#initial = ["$", ...options.variables];
    this.#variables = [...this.#initial];
    this.#pipes = new PipeParser(this.#cursor, options.functions, this.#variables);
  }

  parse(): Template {
    const { nodes, end } = this.#block();
    if (end !== "eof") throw this.#cursor.error(`unexpected {{${end}}}`);
    return { body: nodes, defined: this.#defined };
  }

  /** Nodes up to `{{end}}`, `{{else` or the end of the text; variables that they declare end with them. */
  #block(): { readonly nodes: Block; readonly end: BlockEnd } {
    if (++this.#depth > depthMax) throw this.#cursor.error(`nested deeper than ${depthMax} levels`);
    const variables = this.#variables.length;
    const nodes: TemplateNode[] = [];
    let end: BlockEnd | null = null;
    while (end === null) {
      const text = this.#cursor.take("text");
      if (text !== null) nodes.push({ kind: "text", text: text.text });
      else if (this.#cursor.atEnd) end = "eof";
      else {
        this.#cursor.expect("open", "an action");
        end = this.#action(nodes);
      }
    }
    this.#variables.length = variables;
    this.#depth -= 1;
    return { nodes, end };
  }

  /** One action; says when it ends the block: `{{else` is left for the caller to read on. */
  #action(nodes: TemplateNode[]): BlockEnd | null {
    const word = this.#cursor.peek?.kind === "word" ? this.#cursor.peek : null;
    switch (word?.text) {
      case "end":
        this.#cursor.next();
        this.#close();
        return "end";
      case "else":
        this.#cursor.next();
        return "else";
      case "if":
      case "with":
      case "range":
        this.#cursor.next();
        nodes.push(this.#control(word.text));
        return null;
      case "break":
      case "continue":
        this.#cursor.next();
        if (this.#ranges === 0) throw new TemplateError(`{{${word.text}}} outside {{range}}`, word.offset);
        this.#close();
        nodes.push({ kind: word.text });
        return null;
      case "template":
        this.#cursor.next();
        nodes.push(this.#template(word.offset));
        return null;
      case "define":
      case "block":
        this.#cursor.next();
        this.#define(word.text, word.offset, nodes);
        return null;
      default:
        nodes.push({ kind: "action", pipe: this.#pipes.pipe("action") });
        this.#close();
        return null;
    }
  }

  /** `if`, `with`, `range`: from after the word to their `{{end}}`. */
  #control(kind: "if" | "with" | "range"): TemplateNode {
    const outside = this.#variables.length;
    const pipe = this.#pipes.pipe(kind);
    this.#close();
    if (kind === "range") this.#ranges += 1;
    const { nodes: body, end } = this.#block();
    if (kind === "range") this.#ranges -= 1;
    const otherwise = end === "else" ? this.#otherwise(kind) : [];
    if (end === "eof") throw new TemplateError(`{{${kind}}} without {{end}}`, pipe.offset);
    this.#variables.length = outside;
    return { kind, pipe, body, otherwise };
  }

  /** `{{else}}…{{end}}`, or `{{else if …}}` and `{{else with …}}`, which share the `{{end}}`. */
  #otherwise(kind: "if" | "with" | "range"): Block {
    const word = this.#cursor.peek;
    if (kind !== "range" && word?.kind === "word" && word.text === kind) {
      this.#cursor.next();
      return [this.#control(kind)];
    }
    this.#close();
    const { nodes, end } = this.#block();
    if (end !== "end") throw this.#cursor.error(end === "eof" ? "{{else}} without {{end}}" : "a second {{else}}");
    return nodes;
  }

  #template(offset: number): TemplateNode {
    const name = this.#cursor.expectText("a template's name");
    const pipe = this.#cursor.peek?.kind === "close" ? null : this.#pipes.pipe("action");
    this.#close();
    return { kind: "template", name, pipe, offset };
  }

  /** A definition has variables of its own; a block is a definition that is used where it stands. */
  #define(kind: "define" | "block", offset: number, nodes: TemplateNode[]): void {
    const name = this.#cursor.expectText("a template's name");
    const pipe = kind === "block" ? this.#pipes.pipe("action") : null;
    this.#close();
    const variables = this.#variables.splice(0, this.#variables.length, "$");
    const ranges = this.#ranges;
    this.#ranges = 0;
    const { nodes: body, end } = this.#block();
    if (end !== "end") throw new TemplateError(`{{${kind}}} without {{end}}`, offset);
    this.#ranges = ranges;
    this.#variables.splice(0, this.#variables.length, ...variables);
    this.#defined.set(name, body);
    if (kind === "block") nodes.push({ kind: "template", name, pipe, offset });
  }

  #close(): void {
    this.#cursor.expect("close", "}}");
  }
}
