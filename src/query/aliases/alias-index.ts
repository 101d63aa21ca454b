/** Which aliases a selector asks for. For the names of all other metrics this is one look into a table. */
import { type LabelMatcher, metricNameLabel } from "../../core/labels.ts";
import { readAliasName } from "./alias-name.ts";
import type { AliasRule } from "./alias-rules.ts";

export class AliasIndex {
  readonly rules: readonly AliasRule[];
  readonly #byName = new Map<string, AliasRule[]>();
  /** Those whose name has labels in it: a handful. */
  readonly #patterns: readonly AliasRule[];
  /** `node_` of `node_load1`: what the names of one exporter begin with. */
  readonly #prefixes: readonly string[];

  constructor(rules: readonly AliasRule[]) {
    this.rules = rules;
    this.#patterns = rules.filter(({ nameLabels }) => nameLabels.length > 0);
    for (const rule of rules) {
      if (rule.nameLabels.length > 0) continue;
      const name = rule.nameParts.join("");
      this.#byName.set(name, [...(this.#byName.get(name) ?? []), rule]);
    }
    this.#prefixes = [...new Set(rules.map(({ nameParts: [first = ""] }) => prefixOf(first)))];
  }

  /** The rules that may give series of this name. */
  named(name: string): readonly AliasRule[] {
    const exact = this.#byName.get(name) ?? [];
    const matching = this.#patterns.filter((rule) => readAliasName(rule, name).length > 0);
    return matching.length === 0 ? exact : [...exact, ...matching];
  }

  /**
   * The rules that a selector asks for: by the name, or by a pattern that begins as the names do (`node_cpu.*`). A selector that does
   * not say whose names it means (`{__name__=~".+"}`) gets what is stored, and nothing twice.
   */
  askedBy(matchers: readonly LabelMatcher[]): readonly AliasRule[] {
    for (const { name, operator, value } of matchers) {
      if (name !== metricNameLabel) continue;
      if (operator === "=") return this.named(value);
      if (operator === "=~" && this.#isForeign(value)) return this.rules;
    }
    return [];
  }

  #isForeign(pattern: string): boolean {
    const start = pattern.replace(/^(?:\^|\((?:\?:)?)+/, "");
    return this.#prefixes.some((prefix) => start.startsWith(prefix));
  }
}

function prefixOf(name: string): string {
  return name.slice(0, name.indexOf("_") + 1);
}
