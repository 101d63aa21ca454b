/**
 * The YAML text behind a configuration: its syntax errors, the value of our one key, and where in the text a path stands.
 * `config-file-parse.ts` judges the values; this file knows the places.
 */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument } from "yaml";
import { configRootKey } from "../core/config.ts";
import { ConfigError, type ConfigIssue, formatConfigPath } from "./config-file-error.ts";
import { nearestWord } from "./config-file-nearest.ts";

/** Expansions of aliases that one file may cause; a bomb of ten nested tens would need 10^10. */
const aliasesMax = 100;

/** A problem whose place in the text is not known yet: at the last step's key, or at its value. */
export interface ConfigProblem {
  readonly path: readonly (string | number)[];
  readonly at: "key" | "value";
  readonly message: string;
  readonly expected: string;
  readonly nearest?: string | null;
}

export class ConfigSource {
  readonly #file: string;
  readonly #rootKey: string;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  /** `performance_monitoring: …` (or the other root key), `undefined` where the file has no such key. */
  readonly #section: Pair | undefined;

  /** Throws `ConfigError` where the text is not YAML; equal keys outside our section are not our business. */
  constructor(text: string, file: string, rootKey: string = configRootKey) {
    this.#file = file;
    this.#rootKey = rootKey;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const root = this.#document.contents;
    this.#section = isMap(root) ? root.items.find(({ key }) => keyText(key) === rootKey) : undefined;

    const errors = this.#document.errors.filter(({ code, pos }) => code !== "DUPLICATE_KEY" || this.#isOurs(pos[0]));
    if (errors.length > 0) throw new ConfigError(errors.map(({ message, pos }) => this.#issue(pos[0], "", message, "YAML")));
    if (root !== null && !isMap(root)) {
      const expected = `a mapping with the key "${rootKey}"`;
      throw new ConfigError([this.#issue(0, "", `expected ${expected} at the top`, expected)]);
    }
  }

  /** Our section as JavaScript values, `null` where the file has none. An alias bomb or an alias to nothing is a `ConfigError`. */
  value(): { readonly value: unknown } | null {
    if (this.#section === undefined) return null;
    const node = this.#section.value;
    if (!isNode(node)) return { value: undefined };
    try {
      const value: unknown = node.toJS(this.#document, { maxAliasCount: aliasesMax });
      return { value };
    } catch (error) {
      // The library throws ReferenceError for both of these; anything else says nothing about the file.
      if (!(error instanceof ReferenceError)) throw error;
      throw new ConfigError([this.#issue(startOf(node) ?? 0, this.#rootKey, error.message, "few and resolvable aliases")]);
    }
  }

  /** The warning for a file without our section, with the top-level key that looks like a typo of it. */
  describeMissing(): string {
    const root = this.#document.contents;
    const keys = isMap(root) ? root.items.map(({ key }) => keyText(key)) : [];
    const typo = keys.find((key) => nearestWord(key, [this.#rootKey]) !== null);
    const hint = typo === undefined ? "" : `; ${JSON.stringify(typo)} looks like a typo of it`;
    return `${this.#file}  has no key "${this.#rootKey}", so every setting has its default${hint}`;
  }

  /** The problems with their places, in the order of the file. */
  place(problems: readonly ConfigProblem[]): readonly ConfigIssue[] {
    const placed = problems.map((problem) => ({ problem, offset: this.#offsetOf(problem) }));
    placed.sort((a, b) => a.offset - b.offset);
    return placed.map(({ problem: { path, message, expected, nearest }, offset }) => ({
      ...this.#issue(offset, formatConfigPath(path, this.#rootKey), message, expected),
      ...(nearest ? { nearest } : {}),
    }));
  }

  #issue(offset: number, path: string, message: string, expected: string): ConfigIssue {
    const { line, col } = this.#lines.linePos(offset);
    // An empty text has no lines for the counter; its only place is the first.
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col), path, message, expected };
  }

  /** Whether a syntax error at `offset` stands in our section, or is a second section of our name. */
  #isOurs(offset: number): boolean {
    const root = this.#document.contents;
    if (!isMap(root)) return false;
    return root.items.some(({ key, value }) => {
      if (keyText(key) !== this.#rootKey || !isNode(key)) return false;
      const end = isNode(value) ? value.range?.[2] : key.range?.[2];
      return offset >= (key.range?.[0] ?? 0) && offset < (end ?? 0);
    });
  }

  /** Follows the path as far as the text has it: a missing key is placed at the section that lacks it. */
  #offsetOf({ path, at }: ConfigProblem): number {
    let pair = this.#section;
    let node: unknown = pair?.value;
    let offset = startOf(pair?.key) ?? 0;
    for (const step of path) {
      const parent: unknown = isAlias(node) ? node.resolve(this.#document) : node;
      if (isMap(parent)) {
        pair = parent.items.find(({ key }) => keyText(key) === String(step));
        if (pair === undefined) return offset;
        offset = startOf(pair.key) ?? offset;
        node = pair.value;
      } else if (isSeq(parent)) {
        node = parent.items[Number(step)];
        offset = startOf(node) ?? offset;
      } else {
        return offset;
      }
    }
    return at === "value" ? (startOf(node) ?? offset) : offset;
  }
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** A key as the library spells it in a JavaScript object; keys that are no scalars are none of ours. */
function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}
