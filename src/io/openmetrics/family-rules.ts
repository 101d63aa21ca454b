/**
 * What OpenMetrics asks of a single sample of each type: its name's suffix, its labels, its value, its exemplar.
 * Source: OpenMetrics 1.0, "Metric Types" and "Text format".
 */
import type { FamilyType, ParsedSample } from "./parsed-family.ts";
import { isDecimal, readNumber } from "./read-number.ts";

/** Type → what its samples' names have behind the family's. */
export const sampleSuffixes: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: ["_total", "_created"],
  gauge: [""],
  histogram: ["_bucket", "_count", "_sum", "_created"],
  gaugehistogram: ["_bucket", "_gcount", "_gsum"],
  summary: ["", "_count", "_sum", "_created"],
  info: ["_info"],
  stateset: [""],
  unknown: [""],
};

/** The label that tells the samples of one point apart; `null` where a point has no such parts. */
export function partLabel(type: FamilyType, family: string, suffix: string): string | null {
  if (suffix === "_bucket") return "le";
  if (type === "summary" && suffix === "") return "quantile";
  return type === "stateset" ? family : null;
}

/** "Exemplars … MUST be attached only to" these: the sum over all label names and values, in code points. */
export const exemplarCharactersMax = 128;

/** What is wrong with the sample by itself; `null` where nothing is. */
export function sampleComplaint(type: FamilyType, family: string, suffix: string, sample: ParsedSample): string | null {
  return (
    labelComplaint(type, family, suffix, sample) ??
    valueComplaint(type, suffix, sample.value) ??
    exemplarComplaint(suffix, sample)
  );
}

function labelComplaint(type: FamilyType, family: string, suffix: string, { labels }: ParsedSample): string | null {
  const part = partLabel(type, family, suffix);
  if (part === null) return null;
  if (!Object.hasOwn(labels, part)) return `a ${type} needs the label ${part} here`;
  const text = labels[part] ?? "";
  if (part === "le" && suffix === "_bucket" && !isBound(text)) return `le is a number or "+Inf", not ${JSON.stringify(text)}`;
  if (part === "quantile" && type === "summary" && !isShare(text))
    return `quantile is from 0 to 1, not ${JSON.stringify(text)}`;
  return null;
}

/** The greatest bound has one spelling only, because queries ask for it by name. */
function isBound(text: string): boolean {
  return text === "+Inf" || (isDecimal(text, 0, text.length) && Number.isFinite(Number(text)));
}

function isShare(text: string): boolean {
  if (!isDecimal(text, 0, text.length)) return false;
  const share = readNumber(text, 0, text.length);
  return share >= 0 && share <= 1;
}

function valueComplaint(type: FamilyType, suffix: string, value: number): string | null {
  if (type === "stateset" && value !== 0 && value !== 1) return "a stateset's value is 0 or 1";
  if (type === "info" && value !== 1) return "an info's value is 1";
  if (type === "summary" && suffix === "" && value < 0) return "a quantile's value is not negative";
  if (suffix === "" || suffix === "_created" || suffix === "_info") return null;
  if (Number.isNaN(value)) return `${suffix} is not NaN`;
  if (value < 0 && suffix !== "_gsum") return `${suffix} is not negative`;
  const counts = suffix === "_bucket" || suffix === "_count" || suffix === "_gcount";
  return counts && !Number.isInteger(value) ? `${suffix} is a whole number` : null;
}

function exemplarComplaint(suffix: string, { exemplar }: ParsedSample): string | null {
  if (exemplar === null) return null;
  if (suffix !== "_bucket" && suffix !== "_total") return "only buckets and counters have exemplars";
  let characters = 0;
  for (const [name, value] of Object.entries(exemplar.labels)) characters += codePoints(name) + codePoints(value);
  if (characters <= exemplarCharactersMax) return null;
  return `the exemplar's labels have ${characters} characters, more than ${exemplarCharactersMax}`;
}

function codePoints(text: string): number {
  return Array.from(text).length;
}
