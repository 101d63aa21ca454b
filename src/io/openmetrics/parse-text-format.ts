/**
 * A parser of the Prometheus text format 0.0.4, as tolerant as Prometheus's own: blanks between tokens, blank lines, comments, a comma
 * behind the last label, families in any order. Names in quotes are Prometheus 3's spelling of names outside of ASCII.
 * Sources: prometheus/docs exposition_formats.md; Prometheus model/textparse/promlex.l and promparse.go.
 */
import { addLabel, type GrowingLabels } from "./add-label.ts";
import { unexpected } from "./exposition-error.ts";
import type { FamilyType, ParsedFamily, ParsedSample } from "./parsed-family.ts";
import { TextScanner } from "./text-scanner.ts";

/** Type in the text → ours, and what its samples' names have behind the family's. */
const types: Readonly<Record<string, { readonly type: FamilyType; readonly suffixes: readonly string[] }>> = {
  counter: { type: "counter", suffixes: [""] },
  gauge: { type: "gauge", suffixes: [""] },
  histogram: { type: "histogram", suffixes: ["_bucket", "_count", "_sum"] },
  summary: { type: "summary", suffixes: ["", "_count", "_sum"] },
  untyped: { type: "unknown", suffixes: [""] },
};
const untyped = { type: "unknown", suffixes: [""] } as const;

/** Families in the order of the text; one whose lines do not stand together comes more than once. Throws `EXPOSITION_INVALID`. */
export function* parseTextFormat(text: string): Generator<ParsedFamily> {
  const scanner = new TextScanner(text);
  let family: OpenFamily | null = null;
  while (!scanner.done) {
    scanner.skipBlanks();
    if (scanner.take("#")) {
      const line = metadata(scanner);
      if (line !== null && family?.name !== line.name) {
        if (family !== null) yield family.end();
        family = new OpenFamily(line.name);
      }
      if (line !== null) family?.describe(line);
    } else if (!scanner.atLineEnd) {
      const sample = sampleLine(scanner);
      if (family === null || !family.add(sample)) {
        if (family !== null) yield family.end();
        family = new OpenFamily(sample.name);
        family.add(sample);
      }
    }
    if (!scanner.done) scanner.expect("\n", "the end of the line");
  }
  if (family !== null) yield family.end();
}

/** A family whose lines are being read. */
class OpenFamily {
  readonly name: string;
  readonly #samples: ParsedSample[] = [];
  #type: (typeof types)[string] = untyped;
  #help: string | null = null;

  constructor(name: string) {
    this.name = name;
  }

  describe(line: Metadata): void {
    if (line.kind === "TYPE") this.#type = line.type;
    else this.#help = line.help;
  }

  /** Takes the sample when it belongs here. */
  add(sample: ParsedSample): boolean {
    if (!sample.name.startsWith(this.name) || !this.#type.suffixes.includes(sample.name.slice(this.name.length))) return false;
    this.#samples.push(sample);
    return true;
  }

  end(): ParsedFamily {
    return { name: this.name, type: this.#type.type, unit: null, help: this.#help, samples: this.#samples };
  }
}

type Metadata =
  | { readonly kind: "TYPE"; readonly name: string; readonly type: (typeof types)[string] }
  | { readonly kind: "HELP"; readonly name: string; readonly help: string };

/** Behind `#`. What is neither HELP nor TYPE is a comment: `null`. */
function metadata(scanner: TextScanner): Metadata | null {
  scanner.skipBlanks();
  const word = scanner.peekToken();
  if (word !== "HELP" && word !== "TYPE") {
    scanner.restOfLine();
    return null;
  }
  scanner.expect(word, word);
  scanner.skipBlanks();
  const name = scanner.text.startsWith('"', scanner.at) ? scanner.quoted() : scanner.metricName();
  scanner.skipBlanks();
  if (word === "HELP") return { kind: word, name, help: unescapeHelp(scanner.restOfLine()) };
  const { at } = scanner;
  const typeWord = scanner.restOfLine().trimEnd();
  const type = Object.hasOwn(types, typeWord) ? types[typeWord] : undefined;
  if (type === undefined) throw unexpected(scanner.text, at, `one of the types ${Object.keys(types).join(", ")}`);
  return { kind: word, name, type };
}

/** The metric's name and the labels of a series, with which its line begins. Throws `EXPOSITION_INVALID`. */
export function seriesName(scanner: TextScanner): { readonly name: string; readonly labels: GrowingLabels } {
  const bare = scanner.text.startsWith("{", scanner.at) ? null : scanner.metricName();
  scanner.skipBlanks();
  const { name, labels } = scanner.take("{") ? labelSet(scanner, bare) : { name: bare, labels: {} };
  return name === null ? scanner.fail("a metric name in the braces or before them") : { name, labels };
}

function sampleLine(scanner: TextScanner): ParsedSample {
  const { name, labels } = seriesName(scanner);
  scanner.skipBlanks();
  const value = scanner.number("the value, a number");
  scanner.skipBlanks();
  const timestampMs = scanner.atLineEnd ? null : timestamp(scanner);
  scanner.skipBlanks();
  return { name, labels, value, timestampMs, exemplar: null };
}

/** Labels behind `{`, without a name among them. Throws `EXPOSITION_INVALID`. */
export function seriesLabels(scanner: TextScanner): GrowingLabels {
  const { name, labels } = labelSet(scanner, null);
  return name === null ? labels : scanner.fail("labels only");
}

/** Behind `{`. A quoted text without a value is the metric's name. */
function labelSet(
  scanner: TextScanner,
  bareName: string | null,
): { readonly name: string | null; readonly labels: GrowingLabels } {
  const labels: GrowingLabels = {};
  let name = bareName;
  for (scanner.skipBlanks(); !scanner.take("}"); scanner.skipBlanks()) {
    const { at, text } = scanner;
    const isQuoted = text.startsWith('"', at);
    const label = isQuoted ? scanner.quoted() : scanner.labelName();
    if (label === "") throw unexpected(text, at, "a name");
    scanner.skipBlanks();
    if (scanner.take("=")) {
      scanner.skipBlanks();
      addLabel(labels, label, scanner.quoted(), text, at);
    } else if (isQuoted && name === null) name = label;
    else scanner.fail("= and the label's value");
    scanner.skipBlanks();
    if (!scanner.take(",") && !scanner.text.startsWith("}", scanner.at)) scanner.fail("a comma or }");
  }
  return { name, labels };
}

/** Whole milliseconds in the text. */
function timestamp(scanner: TextScanner): number {
  const token = scanner.peekToken();
  const timestampMs = Number(token);
  if (!/^-?\d+$/.test(token)) scanner.fail("a timestamp in whole milliseconds");
  scanner.expect(token, token);
  return timestampMs;
}

function unescapeHelp(text: string): string {
  return text.replaceAll(/\\([n\\])/g, (_, escape: string) => (escape === "n" ? "\n" : escape));
}
