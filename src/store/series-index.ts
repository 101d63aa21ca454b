/**
 * The reader's index: labels of every series, and for each label and value the series that have it. It lives in memory and takes in
 * what the writer has added; when series were forgotten it is built anew.
 */
import type { DatabaseSync } from "node:sqlite";
import { type LabelMatcher, type Labels, labelValue } from "../core/labels.ts";
import type { SeriesRef } from "../core/storage.ts";
import { catalogPath, catalogSchema } from "./catalog.ts";
import { DamagedFileError, integerOf, openForReading, textOf } from "./database.ts";
import { type CompiledMatcher, compileMatcher } from "./matcher.ts";

export class SeriesIndex {
  readonly #path: string;
  #database: DatabaseSync | null = null;
  #sweeps = -1;
  /** By ref; holes where a series was forgotten. */
  #labels: (Labels | undefined)[] = [];
  /** Label name → value → refs, ascending. */
  #postings = new Map<string, Map<string, SeriesRef[]>>();

  constructor(dataDir: string) {
    this.#path = catalogPath(dataDir);
  }

  /** Takes in new series. */
  refresh(): void {
    this.#database ??= openForReading(this.#path, catalogSchema);
    if (this.#database === null) return;
    const sweeps = integerOf(this.#database.prepare("SELECT count FROM sweeps").get() ?? {}, "count");
    if (sweeps !== this.#sweeps) {
      this.#clear();
      this.#sweeps = sweeps;
    }
    for (const row of this.#database
      .prepare("SELECT ref, labels FROM series WHERE ref >= ? ORDER BY ref")
      .iterate(this.#labels.length)) {
      this.#add(integerOf(row, "ref"), parseLabels(textOf(row, "labels")));
    }
  }

  labelsOf(ref: SeriesRef): Labels | undefined {
    return this.#labels[ref];
  }

  /** Series that all matchers accept, ascending. No matchers: all series. */
  match(matchers: readonly LabelMatcher[]): readonly SeriesRef[] {
    const compiled = matchers.map(compileMatcher);
    const seeds = compiled.map((matcher) => this.#seed(matcher)).filter((seed) => seed !== null);
    const seed = seeds.reduce<readonly SeriesRef[] | null>(
      (least, one) => (least === null || one.length < least.length ? one : least),
      null,
    );
    return (seed ?? this.#all()).filter((ref) => {
      const labels = this.#labels[ref];
      return labels !== undefined && compiled.every((matcher) => matcher.matches(labelValue(labels, matcher.name)));
    });
  }

  /** Forgets everything; the next `refresh` reads the file anew, which may be another one by then. */
  close(): void {
    this.#database?.close();
    this.#database = null;
    this.#clear();
  }

  #clear(): void {
    this.#sweeps = -1;
    this.#labels = [];
    this.#postings = new Map();
  }

  /** A set that contains every series the matcher accepts; `null` where that could be one without the label. */
  #seed(matcher: CompiledMatcher): readonly SeriesRef[] | null {
    if (matcher.matches("")) return null;
    const byValue = this.#postings.get(matcher.name);
    if (byValue === undefined) return [];
    const values = matcher.values ?? [...byValue.keys()].filter((value) => matcher.matches(value));
    if (values.length === 1) return byValue.get(values[0] ?? "") ?? [];
    return [...new Set(values)].flatMap((value) => byValue.get(value) ?? []).sort((a, b) => a - b);
  }

  #all(): readonly SeriesRef[] {
    // `keys` of an array counts the holes in; the filter in `match` drops them.
    return [...this.#labels.keys()];
  }

  #add(ref: SeriesRef, labels: Labels): void {
    this.#labels[ref] = labels;
    for (const [name, value] of Object.entries(labels)) {
      let byValue = this.#postings.get(name);
      if (byValue === undefined) this.#postings.set(name, (byValue = new Map<string, SeriesRef[]>()));
      const refs = byValue.get(value);
      if (refs === undefined) byValue.set(value, [ref]);
      else refs.push(ref);
    }
  }
}

function parseLabels(text: string): Labels {
  const labels: unknown = JSON.parse(text);
  if (!isLabels(labels)) throw new DamagedFileError("the catalogue has labels that are not names and texts");
  return Object.freeze(labels);
}

function isLabels(value: unknown): value is Labels {
  return typeof value === "object" && value !== null && Object.values(value).every((text) => typeof text === "string");
}
