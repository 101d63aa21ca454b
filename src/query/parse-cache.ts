/** Parsed queries by their text: dashboards and checks ask the same ones every second. Bounded, least recently used goes first. */
import type { Expr } from "./ast.ts";
import { parseQuery } from "./parser/parser.ts";

/** A tree takes up to 130 bytes for each character of its text (measured): 65 MB at most, where 2000 of the longest texts took 3 GB. */
const charsMax = 500_000;

/** `entriesMax` and the length of all texts together bound the memory. */
export class ParseCache {
  readonly #entriesMax: number;
  readonly #entries = new Map<string, Expr>();
  #chars = 0;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Throws what the parser throws; failures are not kept. */
  get(text: string): Expr {
    const cached = this.#entries.get(text);
    const expr = cached ?? parseQuery(text);
    // A Map keeps the order of insertion: taking the entry out and in makes it the newest.
    if (cached !== undefined) this.#delete(text);
    this.#entries.set(text, expr);
    this.#chars += text.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#entriesMax && this.#chars <= charsMax) break;
      this.#delete(oldest);
    }
    return expr;
  }

  #delete(text: string): void {
    this.#entries.delete(text);
    this.#chars -= text.length;
  }
}
