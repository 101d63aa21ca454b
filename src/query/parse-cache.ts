/** Parsed queries by their text: dashboards and checks ask the same ones every second. Bounded, least recently used goes first. */
import type { Expr } from "./ast.ts";
import { parseQuery } from "./parser/parser.ts";

/** `entriesMax` bounds the memory. */
export class ParseCache {
  readonly #entriesMax: number;
  readonly #entries = new Map<string, Expr>();

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Throws what the parser throws; failures are not kept. */
  get(text: string): Expr {
    const cached = this.#entries.get(text);
    const expr = cached ?? parseQuery(text);
    // A Map keeps the order of insertion: taking the entry out and in makes it the newest.
    if (cached !== undefined) this.#entries.delete(text);
    this.#entries.set(text, expr);
    if (this.#entries.size > this.#entriesMax) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return expr;
  }
}
