/** Tree → text. Source of the semantics: Go text/template/exec.go, with Prometheus's option `missingkey=zero`. */
import { builtinFunctions, expectText, type TemplateFunction } from "./builtin-functions.ts";
import { printValue, sortedEntries } from "./go-format.ts";
import { callTimeMethod } from "./go-time.ts";
import { TemplateError } from "./template-error.ts";
import type { Block, Command, Operand, Pipe, Template, TemplateNode } from "./tree.ts";
import { sizeOf } from "./value-size.ts";
import { type GoValue, isTrue, typeOf } from "./values.ts";

export interface EvaluateOptions {
  readonly data: GoValue;
  /** By name, with their `$`. */
  readonly variables: Readonly<Record<string, GoValue>>;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
}

/** Longer texts would be refused by whoever is to show them. */
const outputMax = 65_536;
/** Nodes, calls and items: a template can range over a range, and call itself. */
const stepsMax = 100_000;
const depthMax = 100;
/** What functions take and give in one template, in characters: texts that double in a loop would fill the memory. */
const handledMax = 8_388_608;

/** Throws `TemplateError`. */
export function evaluateTemplate(template: Template, options: EvaluateOptions): string {
  return new Evaluation(template, options).run();
}

/** The names that a template may call: the functions given, Go's own, and those of the evaluator. */
export function functionNames(functions: Readonly<Record<string, TemplateFunction>>): ReadonlySet<string> {
  return new Set([...Object.keys(functions), ...Object.keys(builtinFunctions), "and", "or", "tmpl"]);
}

/** How a loop's body ended. */
type Flow = "next" | "break" | "continue";

interface Variable {
  readonly name: string;
  value: GoValue;
}

class Evaluation {
  readonly #template: Template;
  readonly #options: EvaluateOptions;
  #variables: Variable[];
  #output = "";
  #steps = 0;
  #handled = 0;
  #depth = 0;

  constructor(template: Template, options: EvaluateOptions) {
    this.#template = template;
    this.#options = options;
    const variables = Object.entries(options.variables).map(([name, value]) => ({ name, value }));
    this.#variables = [{ name: "$", value: options.data }, ...variables];
  }

  run(): string {
    this.#block(this.#template.body, this.#options.data);
    return this.#output;
  }

  #block(nodes: Block, dot: GoValue): Flow {
    const variables = this.#variables.length;
    let flow: Flow = "next";
    for (const node of nodes) {
      flow = this.#node(node, dot);
      if (flow !== "next") break;
    }
    this.#variables.length = variables;
    return flow;
  }

  #node(node: TemplateNode, dot: GoValue): Flow {
    switch (node.kind) {
      case "text":
        this.#write(node.text, 0);
        return "next";
      case "action": {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.#write(value === null ? "<no value>" : printValue(value), node.pipe.offset);
        return "next";
      }
      case "if":
      case "with":
        return this.#branch(node, dot);
      case "range":
        return this.#range(node, dot);
      case "template":
        this.#call(node.name, node.pipe === null ? null : this.#pipe(node.pipe, dot), node.offset);
        return "next";
      default:
        return node.kind;
    }
  }

  #branch(node: Extract<TemplateNode, { kind: "if" | "with" }>, dot: GoValue): Flow {
    const variables = this.#variables.length;
    const value = this.#pipe(node.pipe, dot);
    const inner = node.kind === "with" ? value : dot;
    const flow = isTrue(value) ? this.#block(node.body, inner) : this.#block(node.otherwise, dot);
    this.#variables.length = variables;
    return flow;
  }

  #range({ pipe, body, otherwise }: Extract<TemplateNode, { kind: "range" }>, dot: GoValue): Flow {
    const variables = this.#variables.length;
    const items = itemsOf(this.#pipe({ ...pipe, variables: [] }, dot), pipe.offset);
    this.#step(pipe.offset, items.length);
    for (const [key, item] of items) {
      // One variable takes the items, two take keys and items.
      const values = pipe.variables.length === 1 ? [item] : [key, item];
      this.#bind(pipe, values);
      const flow = this.#block(body, item);
      this.#variables.length = variables;
      if (flow === "break") break;
    }
    const flow = items.length === 0 ? this.#block(otherwise, dot) : "next";
    this.#variables.length = variables;
    return flow;
  }

  /** A template of its own sees its argument and none of the variables here. */
  #call(name: string, argument: GoValue, offset: number): void {
    const body = this.#template.defined.get(name);
    if (body === undefined) throw new TemplateError(`template ${JSON.stringify(name)} not defined`, offset);
    if (++this.#depth > depthMax) throw new TemplateError(`exceeded maximum template depth (${depthMax})`, offset);
    const outside = this.#variables;
    this.#variables = [{ name: "$", value: argument }];
    this.#block(body, argument);
    this.#variables = outside;
    this.#depth -= 1;
  }

  #pipe(pipe: Pipe, dot: GoValue): GoValue {
    let value: GoValue | undefined;
    for (const command of pipe.commands) value = this.#command(command, dot, value);
    this.#bind(pipe, [value ?? null]);
    return value ?? null;
  }

  #bind({ variables, assigns }: Pipe, values: readonly GoValue[]): void {
    for (const [index, name] of variables.entries()) {
      const value = values[index] ?? null;
      const known = assigns ? this.#variables.findLast((variable) => variable.name === name) : undefined;
      if (known === undefined) this.#variables.push({ name, value });
      else known.value = value;
    }
  }

  /** `piped`: the result of the command before, which becomes the last argument. */
  #command({ operands: [first, ...rest] }: Command, dot: GoValue, piped: GoValue | undefined): GoValue {
    this.#step(first.offset);
    const isMethod = first.kind !== "function" && first.fields.length > 0;
    if (first.kind === "function") {
      return this.#fields(this.#function(first.name, first.offset, rest, dot, piped), first);
    }
    if (rest.length === 0 && piped === undefined) return this.#operand(first, dot);
    if (!isMethod) throw new TemplateError("can't give arguments to a value that is no function", first.offset);
    const args = this.#arguments(rest, dot, piped);
    const owner = this.#operand({ ...first, fields: first.fields.slice(0, -1) }, dot);
    return this.#guard(first.offset, first.fields.at(-1) ?? "", () => fieldOf(owner, first.fields.at(-1) ?? "", args));
  }

  #function(name: string, offset: number, operands: readonly Operand[], dot: GoValue, piped: GoValue | undefined): GoValue {
    if (name === "and" || name === "or") return this.#shortCircuit(name, offset, operands, dot, piped);
    const args = this.#arguments(operands, dot, piped);
    for (const arg of args) this.#handle(arg, offset);
    if (name === "tmpl") return this.#capture(args, offset);
    const called = this.#options.functions[name] ?? builtinFunctions[name];
    // The parser has refused names that are not among `functionNames`.
    if (called === undefined) throw new TemplateError(`function ${JSON.stringify(name)} is not defined`, offset);
    const [least, most] = called.arity;
    if (args.length < least || args.length > most) {
      const want = least === most ? String(least) : `at least ${least}`;
      throw new TemplateError(`wrong number of args for ${name}: want ${want} got ${args.length}`, offset);
    }
    return this.#handle(
      this.#guard(offset, name, () => called.call(args)),
      offset,
    );
  }

  /** `tmpl`: the text of a defined template as a value. */
  #capture([name = null, argument = null]: readonly GoValue[], offset: number): string {
    const before = this.#output;
    this.#output = "";
    this.#guard(offset, "tmpl", () => this.#call(expectText(name), argument, offset));
    const text = this.#output;
    this.#output = before;
    return text;
  }

  #shortCircuit(
    name: "and" | "or",
    offset: number,
    operands: readonly Operand[],
    dot: GoValue,
    piped: GoValue | undefined,
  ): GoValue {
    if (operands.length === 0 && piped === undefined) {
      throw new TemplateError(`wrong number of args for ${name}: want at least 1 got 0`, offset);
    }
    let value: GoValue = null;
    for (const operand of operands) {
      value = this.#operand(operand, dot);
      if (isTrue(value) === (name === "or")) return value;
    }
    return piped ?? value;
  }

  #arguments(operands: readonly Operand[], dot: GoValue, piped: GoValue | undefined): readonly GoValue[] {
    const args = operands.map((operand) => this.#operand(operand, dot));
    return piped === undefined ? args : [...args, piped];
  }

  #operand(operand: Operand, dot: GoValue): GoValue {
    return this.#fields(this.#base(operand, dot), operand);
  }

  #base(operand: Operand, dot: GoValue): GoValue {
    switch (operand.kind) {
      case "literal":
        return operand.value;
      case "dot":
        return dot;
      case "variable": {
        // The parser has refused variables that are not in scope.
        return this.#variables.findLast(({ name }) => name === operand.name)?.value ?? null;
      }
      case "function":
        return this.#function(operand.name, operand.offset, [], dot, undefined);
      case "pipe":
        return this.#pipe(operand.pipe, dot);
    }
  }

  #fields(value: GoValue, { fields, offset }: Operand): GoValue {
    return fields.reduce((inner, field) => this.#guard(offset, field, () => fieldOf(inner, field, [])), value);
  }

  #write(text: string, offset: number): void {
    this.#step(offset);
    this.#output += text;
    if (this.#output.length > outputMax) throw new TemplateError(`the text is longer than ${outputMax} characters`, offset);
  }

  #step(offset: number, count = 1): void {
    this.#steps += count;
    if (this.#steps > stepsMax) throw new TemplateError(`the template takes more than ${stepsMax} steps`, offset);
  }

  #handle(value: GoValue, offset: number): GoValue {
    this.#handled += sizeOf(value);
    if (this.#handled > handledMax) throw new TemplateError("the template makes too much text", offset);
    return value;
  }

  /** Errors of functions know no place: this one gives it to them. */
  #guard<T>(offset: number, name: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      if (error instanceof TemplateError || !(error instanceof Error)) throw error;
      throw new TemplateError(`error calling ${name}: ${error.message}`, offset);
    }
  }
}

function fieldOf(value: GoValue, name: string, args: readonly GoValue[]): GoValue {
  if (typeof value === "object" && value?.kind === "time") return callTimeMethod(value, name, args);
  if (args.length > 0) throw new Error(`${name} is not a method but has arguments`);
  if (typeof value === "object" && value?.kind === "map") return value.entries.get(name) ?? value.zero ?? null;
  const field = typeof value === "object" && value?.kind === "struct" ? value.fields.get(name) : undefined;
  if (field === undefined) throw new Error(`can't evaluate field ${name} in type ${typeOf(value)}`);
  return field;
}

/** What `range` goes over: keys (or indices) and items. */
function itemsOf(value: GoValue, offset: number): readonly (readonly [GoValue, GoValue])[] {
  if (value === null) return [];
  if (typeof value === "object" && value.kind === "list") return value.items.map((item, index) => [BigInt(index), item]);
  if (typeof value === "object" && value.kind === "map") return sortedEntries(value.entries);
  if (typeof value === "bigint" && value <= BigInt(stepsMax)) {
    return Array.from({ length: Math.max(0, Number(value)) }, (_, index) => [BigInt(index), BigInt(index)]);
  }
  throw new TemplateError(`range can't iterate over ${printValue(value)}`, offset);
}
