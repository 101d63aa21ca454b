/** Reads YAML of a known shape and collects what is wrong with it, so that a person sees all mistakes of a file at once. */
import { nearestWord } from "../../io/config-file-nearest.ts";
import { parseDuration } from "../../core/duration.ts";
import type { RuleProblem } from "./rule-problem.ts";
import type { Place, YamlEntry, YamlValue } from "./yaml-source.ts";

/** Where in the file the reader is, for its messages. */
export interface Where {
  readonly group: string | null;
  readonly rule: string | null;
}

export const nowhere: Where = { group: null, rule: null };

/** The entries of a mapping by key. */
export type Fields = ReadonlyMap<string, YamlEntry>;

export class RuleReader {
  readonly #problems: RuleProblem[] = [];
  readonly #file: string;
  /** Whether expressions may use what `query.experimental_functions` switches on. */
  readonly experimental: boolean;

  constructor(file: string, experimental = true) {
    this.#file = file;
    this.experimental = experimental;
  }

  /** In the order of the file. */
  get problems(): readonly RuleProblem[] {
    return this.#problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  }

  problem(place: Place | null, where: Where, message: string, fix: string): void {
    const { line, column } = place ?? { line: null, column: null };
    this.#problems.push({ file: this.#file, line, column, ...where, message, fix });
  }

  /** The fields of a mapping, each of which must be one of `known`. `what`: what the mapping is, for people. */
  fields(value: YamlValue, known: readonly string[], what: string, where: Where): Fields {
    const entries = value.entries();
    if (entries === null) {
      this.problem(value.place, where, `${what} must be a mapping`, `Its keys are ${known.join(", ")}`);
      return new Map();
    }
    for (const { key, keyPlace } of entries) if (!known.includes(key)) this.#unknown(key, keyPlace, known, what, where);
    return new Map(entries.map((entry) => [entry.key, entry]));
  }

  #unknown(key: string, place: Place, known: readonly string[], what: string, where: Where): void {
    const nearest = nearestWord(key, known);
    const fix = nearest === null ? `Keys of ${what} are ${known.join(", ")}` : `Did you mean ${JSON.stringify(nearest)}?`;
    this.problem(place, where, `unknown key ${JSON.stringify(key)}`, fix);
  }

  /** The items of a list; none where the field is missing or empty. */
  list(field: YamlEntry | undefined, where: Where): readonly YamlValue[] {
    if (field === undefined || field.value.isEmpty) return [];
    const items = field.value.list();
    if (items === null) this.problem(field.value.place, where, `${field.key} must be a list`, "Begin each item with a dash");
    return items ?? [];
  }

  /** `null` where the field is missing, empty or no text. */
  text(field: YamlEntry | undefined, where: Where): string | null {
    if (field === undefined || field.value.isEmpty) return null;
    const text = field.value.text();
    if (text === null) this.problem(field.value.place, where, `${field.key} must be a text`, "Put it into quotes");
    return text;
  }

  /** In ms; `null` where the field is missing or wrong. */
  duration(field: YamlEntry | undefined, where: Where): number | null {
    const text = this.text(field, where);
    if (field === undefined || text === null) return null;
    const ms = parseDuration(text) ?? (text === "0" ? 0 : null);
    if (ms === null || !Number.isFinite(ms)) {
      this.problem(field.value.place, where, `${JSON.stringify(text)} is not a duration`, "Write it as 30s, 5m, 1h30m or 1d");
      return null;
    }
    return ms;
  }

  /** A whole number, none below 0; `null` where the field is missing or wrong. */
  count(field: YamlEntry | undefined, where: Where): number | null {
    const text = this.text(field, where);
    if (field === undefined || text === null) return null;
    if (/^-?\d{1,9}$/.test(text)) return Math.max(0, Number(text));
    this.problem(field.value.place, where, `${field.key} must be a whole number`, "0 means no limit");
    return null;
  }

  /** Names to texts, each with its place; none where the field is missing. */
  texts(field: YamlEntry | undefined, where: Where): readonly YamlEntry[] {
    if (field === undefined || field.value.isEmpty) return [];
    const entries = field.value.entries();
    if (entries === null) this.problem(field.value.place, where, `${field.key} must be a mapping`, "Write it as name: text");
    return (entries ?? []).filter((entry) => {
      const isText = entry.value.text() !== null;
      if (!isText) this.problem(entry.value.place, where, `${entry.key} must be a text`, "Put it into quotes");
      return isText;
    });
  }
}
