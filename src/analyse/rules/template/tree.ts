/** A template as a tree. Source of the language: Go text/template/parse/node.go. */
import type { GoValue } from "./values.ts";

export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipe }
  | { readonly kind: "if"; readonly pipe: Pipe; readonly body: Block; readonly otherwise: Block }
  | { readonly kind: "with"; readonly pipe: Pipe; readonly body: Block; readonly otherwise: Block }
  | { readonly kind: "range"; readonly pipe: Pipe; readonly body: Block; readonly otherwise: Block }
  | { readonly kind: "template"; readonly name: string; readonly pipe: Pipe | null; readonly offset: number }
  | { readonly kind: "break" }
  | { readonly kind: "continue" };

export type Block = readonly TemplateNode[];

export interface Pipe {
  /** Variables that take the value: `$x := …`, `$i, $x := range …`. */
  readonly variables: readonly string[];
  /** `=` instead of `:=`: the variables exist already. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
  readonly offset: number;
}

/** A function or method with its arguments, or one value. */
export interface Command {
  readonly operands: readonly [Operand, ...Operand[]];
}

/** `fields`: the chain `.a.b` behind it. */
export type Operand =
  | { readonly kind: "literal"; readonly value: GoValue; readonly fields: readonly string[]; readonly offset: number }
  | { readonly kind: "dot"; readonly fields: readonly string[]; readonly offset: number }
  | { readonly kind: "variable"; readonly name: string; readonly fields: readonly string[]; readonly offset: number }
  | { readonly kind: "function"; readonly name: string; readonly fields: readonly string[]; readonly offset: number }
  | { readonly kind: "pipe"; readonly pipe: Pipe; readonly fields: readonly string[]; readonly offset: number };

export interface Template {
  readonly body: Block;
  /** By name: what `define` and `block` define. */
  readonly defined: ReadonlyMap<string, Block>;
}
