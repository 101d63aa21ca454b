/** The tokens that both formats share: names, quoted values, numbers. Walks by character codes: a scrape has thousands of lines. */
import { expositionError, unexpected } from "./exposition-error.ts";
import { isNumber, readNumber } from "./read-number.ts";

const newline = 10;
const tab = 9;
const space = 32;
const quote = 34;
const backslash = 92;

/** Which names a character may stand in. */
const startsLabel = 1;
const startsMetric = 2;
const continuesLabel = 4;
const continuesMetric = 8;
/** By ASCII code. */
const characterUse = new Uint8Array(128);
for (const letter of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
  characterUse[letter.charCodeAt(0)] = startsLabel | startsMetric | continuesLabel | continuesMetric;
for (const digit of "0123456789") characterUse[digit.charCodeAt(0)] = continuesLabel | continuesMetric;
characterUse[":".charCodeAt(0)] = startsMetric | continuesMetric;

/** A place in a text. Methods read one token there and step behind it, or throw `EXPOSITION_INVALID`. */
export class TextScanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** The character code here; NaN at the end. */
  get code(): number {
    return this.text.charCodeAt(this.at);
  }

  /** Whether the line ends here; the last one may end with the text. */
  get atLineEnd(): boolean {
    return this.done || this.code === newline;
  }

  metricName(): string {
    return this.#name(startsMetric, continuesMetric, "a metric name");
  }

  labelName(): string {
    return this.#name(startsLabel, continuesLabel, "a label name");
  }

  /** A text in double quotes, on one line, with its escapes undone. */
  quoted(): string {
    const { text } = this;
    if (this.code !== quote) this.fail('a value in "double quotes"');
    const start = this.at + 1;
    let escaped = false;
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        this.at = at + 1;
        const raw = text.slice(start, at);
        return escaped ? unescapeText(raw) : raw;
      }
      if (code === newline) break;
      if (code !== backslash) continue;
      escaped = true;
      at++;
    }
    throw expositionError(text, this.at, 'the value has no closing "');
  }

  /** A number up to the next blank or line end. */
  number(what: string): number {
    const end = this.#tokenEnd();
    const value = readNumber(this.text, this.at, end);
    if (Number.isNaN(value) && !isNumber(this.text, this.at, end)) this.fail(what);
    this.at = end;
    return value;
  }

  /** What stands up to the next blank or line end, without a step. */
  peekToken(): string {
    return this.text.slice(this.at, this.#tokenEnd());
  }

  /** Steps over `token`, which must stand here. */
  expect(token: string, what: string): void {
    if (!this.take(token)) this.fail(what);
  }

  /** Steps over `token` where it stands here. */
  take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** What is left of the line, without its end. */
  restOfLine(): string {
    const end = this.text.indexOf("\n", this.at);
    const start = this.at;
    this.at = end === -1 ? this.text.length : end;
    return this.text.slice(start, this.at);
  }

  /** Steps over any number of spaces and tabs. */
  skipBlanks(): void {
    while (this.code === space || this.code === tab) this.at++;
  }

  fail(expected: string): never {
    throw unexpected(this.text, this.at, expected);
  }

  #name(starts: number, continues: number, what: string): string {
    const { text, at: start } = this;
    if (((characterUse[text.charCodeAt(start)] ?? 0) & starts) === 0) this.fail(what);
    let at = start + 1;
    while (((characterUse[text.charCodeAt(at)] ?? 0) & continues) !== 0) at++;
    this.at = at;
    return text.slice(start, at);
  }

  #tokenEnd(): number {
    const { text } = this;
    let at = this.at;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === space || code === newline || code === tab) break;
    }
    return at;
  }
}

/** `\\n`, `\\"` and `\\\\` are a line end, a quote and a backslash; another backslash stands for itself. */
export function unescapeText(raw: string): string {
  return raw.replaceAll(/\\([n"\\])/g, (_, escape: string) => (escape === "n" ? "\n" : escape));
}
