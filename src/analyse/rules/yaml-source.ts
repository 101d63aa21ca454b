/**
 * YAML that is read key by key, with the place of everything that is read: for files whose mistakes are to be told all at once.
 * The text is hostile: its size is bounded by whoever reads the file, its aliases here.
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from "yaml";
import { ChainPulseError } from "../../core/errors.ts";

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** One entry of a mapping: its key's place, and its value. */
export interface YamlEntry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: YamlValue;
}

/** Values that are read of one file: more than any has that people write. Aliases can make very many of a short text. */
const valuesMax = 500_000;
/** Mappings that are merged into one another (`<<`) deeper than this are no file that a person has written. */
const mergeDepthMax = 20;

/**
 * The text of a YAML file and what it holds. `problems`: where it is no YAML, and why. Reading the values throws `RULES_INVALID` where
 * there are too many.
 */
export function readYaml(text: string): {
  readonly root: YamlValue | null;
  readonly problems: readonly YamlProblem[];
} {
  const source = new YamlText(text);
  return { root: source.problems.length > 0 ? null : source.root(), problems: source.problems };
}

interface YamlProblem {
  readonly place: Place;
  readonly message: string;
}

class YamlText {
  readonly text: string;
  readonly problems: readonly YamlProblem[];
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();
  /** Alias → what it stands for. */
  readonly #targets = new Map<Node, Node>();
  #values = 0;

  constructor(text: string) {
    this.text = text;
    // The library compares every key of a mapping with every other: 20,000 keys take it 20 s.
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false });
    const errors = this.#document.errors.map(({ message, pos }) => ({ place: this.placeAt(pos[0]), message }));
    this.problems = errors.length > 0 ? errors : this.#look();
  }

  /** `null` for a text without a value: empty, or comments only. */
  root(): YamlValue | null {
    const { contents } = this.#document;
    return contents === null || isNull(contents) ? null : new YamlValue(this, contents);
  }

  placeAt(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    // An empty text has no lines for the counter; its only place is the first.
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** The node that an alias stands for; `null` where there is none. */
  resolve(node: Node): Node | null {
    return isAlias(node) ? (this.#targets.get(node) ?? null) : node;
  }

  /** So many more values are read. */
  count(values: number): void {
    this.#values += values;
    if (this.#values > valuesMax) throw this.tooMuch(`the file has more than ${valuesMax} values, those of aliases included`);
  }

  tooMuch(message: string): ChainPulseError {
    return new ChainPulseError("RULES_INVALID", message, { fix: "Use fewer aliases, or split the file." });
  }

  /** Finds what aliases stand for: the newest node of that name before them, and none that they are a part of. */
  #look(): readonly YamlProblem[] {
    const problems: YamlProblem[] = [];
    const complain = (node: Node, message: string): void => {
      problems.push({ place: this.placeAt(node.range?.[0] ?? 0), message });
    };
    const named = new Map<string, Node>();
    visit(this.#document, {
      Alias: (_, alias, path) => {
        const target = named.get(alias.source);
        if (target === undefined) complain(alias, `there is no &${alias.source} before this`);
        else if (path.includes(target)) complain(alias, `*${alias.source} would contain itself`);
        else this.#targets.set(alias, target);
      },
      Value: (_, node) => {
        if (node.anchor !== undefined) named.set(node.anchor, node);
      },
      Map: (_, map) => {
        if (map.anchor !== undefined) named.set(map.anchor, map);
        const keys = new Set<unknown>();
        for (const { key } of map.items) {
          if (!isScalar(key)) continue;
          if (keys.has(key.value)) complain(key, `the key ${JSON.stringify(String(key.value))} stands twice`);
          keys.add(key.value);
        }
      },
    });
    return problems;
  }
}

const mergeKey = "<<";

/** A value with its place. What it is not, it reads as `null`. */
export class YamlValue {
  readonly #source: YamlText;
  readonly #node: Node | null;
  readonly #offset: number;

  /** `offset`: where it would stand, where there is no node. */
  constructor(source: YamlText, node: Node | null, offset = 0) {
    this.#source = source;
    this.#node = node === null ? null : source.resolve(node);
    this.#offset = node?.range?.[0] ?? offset;
  }

  get place(): Place {
    return this.#source.placeAt(this.#offset);
  }

  /** `key:` without a value. */
  get isEmpty(): boolean {
    return this.#node === null || isNull(this.#node);
  }

  /** A text, or a number or a truth value as it is written. */
  text(): string | null {
    const node = this.#node;
    if (node === null) return "";
    if (!isScalar(node)) return null;
    return typeof node.value === "string" ? node.value : isNull(node) ? "" : (node.source ?? String(node.value));
  }

  list(): readonly YamlValue[] | null {
    if (!isSeq(this.#node)) return null;
    this.#source.count(this.#node.items.length);
    return this.#node.items.filter(isNode).map((item) => new YamlValue(this.#source, item));
  }

  /** In the order of the file; `<<` merges what is not there, of one mapping or of each in a list. */
  entries(depth = 0): readonly YamlEntry[] | null {
    if (!isMap(this.#node)) return null;
    if (depth > mergeDepthMax) throw this.#source.tooMuch(`mappings are merged deeper than ${mergeDepthMax} levels`);
    this.#source.count(this.#node.items.length);
    const own = this.#node.items.map((pair) => this.#entry(pair));
    const found = new Map(own.filter(({ key }) => key !== mergeKey).map((entry) => [entry.key, entry]));
    for (const { value } of own.filter(({ key }) => key === mergeKey)) {
      for (const entry of (value.list() ?? [value]).flatMap((merged) => merged.entries(depth + 1) ?? []))
        if (!found.has(entry.key)) found.set(entry.key, entry);
    }
    return [...found.values()];
  }

  #entry({ key, value }: Pair): YamlEntry {
    const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
    return {
      key: isScalar(key) ? String(key.value) : "",
      keyPlace: this.#source.placeAt(offset),
      value: new YamlValue(this.#source, isNode(value) ? value : null, offset),
    };
  }

  /** Where the character at `offset` of `text()` stands in the file; the value's beginning where that cannot be told. */
  placeOf(offset: number): Place {
    const node = this.#node;
    const start = node?.range?.[0];
    if (!isScalar(node) || typeof node.value !== "string" || start === undefined) return this.place;
    const before = node.value.slice(0, offset);
    if (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED") return this.#placeInBlock(before, start);
    const written = this.#source.text.slice(start, node.range?.[1] ?? start);
    const quoted = written.startsWith('"') || written.startsWith("'") ? 1 : 0;
    // On one line and without escapes the text is in the file as it is.
    const asWritten = written.slice(quoted, written.length - quoted) === node.value;
    return asWritten ? this.#source.placeAt(start + quoted + offset) : this.place;
  }

  /** Lines of a block are those of the text, indented; folded ones only up to their first line end. */
  #placeInBlock(before: string, start: number): Place {
    const [first = "", ...more] = this.#source.text.slice(start).split("\n");
    const indent = /^ */.exec(more.find((line) => line.trim() !== "") ?? "")?.[0].length ?? 0;
    const lines = before.split("\n");
    const last = lines.at(-1) ?? "";
    return this.#source.placeAt(start + first.length + 1 + lengthOf(more, lines.length - 1) + indent + last.length);
  }
}

/** Of the first `count` lines, with their ends. */
function lengthOf(lines: readonly string[], count: number): number {
  return lines.slice(0, count).reduce((length, line) => length + line.length + 1, 0);
}

function isNull(node: Node): boolean {
  return isScalar(node) && node.value === null;
}
