/**
 * A strict parser of OpenMetrics 1.0 text: what breaks a MUST of the specification is refused. Families come one by one, as soon as
 * the next one begins, so that a long text is never held as a whole tree. How long a text may be is the caller's to bound.
 * Source: OpenMetrics 1.0, "ABNF" and "Text format".
 */
import { addLabel, type GrowingLabels } from "./add-label.ts";
import { expositionError } from "./exposition-error.ts";
import { FamilyOrder } from "./family-order.ts";
import { sampleComplaint, sampleSuffixes } from "./family-rules.ts";
import type { FamilyType, ParsedExemplar, ParsedFamily, ParsedSample } from "./parsed-family.ts";
import { isDecimal } from "./read-number.ts";
import { TextScanner, unescapeText } from "./text-scanner.ts";

const noLabels = {} as const;

/** Throws `EXPOSITION_INVALID` with line, column and what was expected there. */
export function* parseOpenMetrics(text: string): Generator<ParsedFamily> {
  const scanner = new TextScanner(text);
  const names = new Set<string>();
  let family: OpenFamily | null = null;
  while (!scanner.take("# EOF")) {
    const lineAt = scanner.at;
    if (scanner.take("# ")) {
      const { kind, name, value } = metadata(scanner);
      if (family?.name !== name) {
        if (family !== null) yield family.end(names);
        family = new OpenFamily(scanner.text, name, lineAt);
      }
      family.describe(kind, value, lineAt);
    } else {
      const sample = sampleLine(scanner);
      if (family === null || !family.add(sample, lineAt)) {
        if (family !== null) yield family.end(names);
        family = new OpenFamily(scanner.text, sample.name, lineAt);
        family.add(sample, lineAt);
      }
    }
  }
  if (family !== null) yield family.end(names);
  scanner.take("\n");
  if (!scanner.done) scanner.fail("nothing after # EOF");
}

/** A family whose lines are being read. */
class OpenFamily {
  readonly name: string;
  readonly #text: string;
  readonly #samples: ParsedSample[] = [];
  readonly #startAt: number;
  #type: FamilyType | null = null;
  #unit: string | null = null;
  #help: string | null = null;
  #order: FamilyOrder | null = null;
  /** Line of the newest sample. */
  #sampleAt = 0;

  constructor(text: string, name: string, startAt: number) {
    this.#text = text;
    this.name = name;
    this.#startAt = startAt;
  }

  describe(kind: MetadataKind, value: string, at: number): void {
    const earlier = { TYPE: this.#type, UNIT: this.#unit, HELP: this.#help }[kind];
    if (earlier !== null) this.#fail(at, `${this.name} has a ${kind} already`);
    if (this.#samples.length > 0) this.#fail(at, `the ${kind} of ${this.name} comes before its samples`);
    if (kind === "TYPE") this.#type = this.#typeOf(value, at);
    else if (kind === "UNIT") this.#unit = value;
    else this.#help = value;
  }

  /** Takes the sample when it belongs here. */
  add(sample: ParsedSample, at: number): boolean {
    const type = this.#type ?? "unknown";
    const suffix = sample.name.startsWith(this.name) ? sample.name.slice(this.name.length) : null;
    if (suffix === null || !sampleSuffixes[type].includes(suffix)) return false;
    this.#order ??= new FamilyOrder(this.name, type);
    const complaint = sampleComplaint(type, this.name, suffix, sample) ?? this.#order.add(suffix, sample);
    if (complaint !== null) this.#fail(at, complaint);
    this.#samples.push(sample);
    this.#sampleAt = at;
    return true;
  }

  /** Checks the family as a whole, and its names against those before. */
  end(names: Set<string>): ParsedFamily {
    const type = this.#type ?? "unknown";
    for (const suffix of new Set(["", ...sampleSuffixes[type]])) {
      const name = this.name + suffix;
      if (names.has(name)) this.#fail(this.#startAt, `the name ${name} belongs to an earlier family`);
      names.add(name);
    }
    const unit = this.#unit ?? "";
    if (unit !== "" && !this.name.endsWith(`_${unit}`)) this.#fail(this.#startAt, `${this.name} ends with its unit, _${unit}`);
    if (unit !== "" && (type === "info" || type === "stateset"))
      this.#fail(this.#startAt, `a family of type ${type} has no unit`);
    const complaint = this.#order?.close() ?? null;
    if (complaint !== null) this.#fail(this.#sampleAt, complaint);
    return { name: this.name, type, unit: this.#unit, help: this.#help, samples: this.#samples };
  }

  #typeOf(word: string, at: number): FamilyType {
    if (isFamilyType(word)) return word;
    return this.#fail(at, `there is no type ${JSON.stringify(word)}; the types are ${Object.keys(sampleSuffixes).join(", ")}`);
  }

  #fail(at: number, message: string): never {
    throw expositionError(this.#text, at, message);
  }
}

function isFamilyType(word: string): word is FamilyType {
  return Object.hasOwn(sampleSuffixes, word);
}

type MetadataKind = "TYPE" | "UNIT" | "HELP";

/** `HELP name text` behind `# `. */
function metadata(scanner: TextScanner): { readonly kind: MetadataKind; readonly name: string; readonly value: string } {
  const kind = (["TYPE", "UNIT", "HELP"] as const).find((word) => scanner.take(`${word} `));
  if (kind === undefined) scanner.fail("TYPE, UNIT, HELP or EOF");
  const name = scanner.metricName();
  scanner.expect(" ", "one space");
  const rest = scanner.restOfLine();
  lineEnd(scanner);
  return { kind, name, value: kind === "HELP" ? unescapeText(rest) : rest };
}

function sampleLine(scanner: TextScanner): ParsedSample {
  const name = scanner.metricName();
  const labels = scanner.take("{") ? labelSet(scanner) : noLabels;
  scanner.expect(" ", "one space and the value");
  const value = scanner.number("the value, a number");
  const hasTimestamp = !scanner.text.startsWith(" # ", scanner.at) && scanner.take(" ");
  const timestampMs = hasTimestamp ? timestamp(scanner) : null;
  const sample = { name, labels, value, timestampMs, exemplar: scanner.take(" # ") ? exemplar(scanner) : null };
  lineEnd(scanner);
  return sample;
}

function exemplar(scanner: TextScanner): ParsedExemplar {
  scanner.expect("{", "the exemplar's labels in { }");
  const labels = labelSet(scanner);
  scanner.expect(" ", "one space and the exemplar's value");
  const value = scanner.number("the exemplar's value, a number");
  return { labels, value, timestampMs: scanner.take(" ") ? timestamp(scanner) : null };
}

/** Behind `{`. No blanks, no comma at the end. */
function labelSet(scanner: TextScanner): GrowingLabels {
  const labels: GrowingLabels = {};
  if (scanner.take("}")) return labels;
  do {
    const { at } = scanner;
    const name = scanner.labelName();
    scanner.expect("=", "= and the label's value");
    addLabel(labels, name, scanner.quoted(), scanner.text, at);
  } while (scanner.take(","));
  scanner.expect("}", "a comma or }");
  return labels;
}

/** Seconds in the text. */
function timestamp(scanner: TextScanner): number {
  const token = scanner.peekToken();
  const timestampMs = Number(token) * 1000;
  if (!isDecimal(token, 0, token.length) || !Number.isFinite(timestampMs)) scanner.fail("a timestamp in seconds");
  scanner.expect(token, token);
  return timestampMs;
}

function lineEnd(scanner: TextScanner): void {
  scanner.expect("\n", "the end of the line");
}
