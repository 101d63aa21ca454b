/**
 * Reads the lines of a scraped text from its bytes. A scrape has thousands of lines, nearly all of which say what they said the last
 * time: a key (metric and labels, or a whole line of metadata) is only located here, and compared as bytes by whoever knows it already;
 * making strings of it is `readSeriesKey`'s, for the few that are new. As tolerant as Prometheus's own lexers; `parse-openmetrics.ts`
 * beside it is the strict judge.
 * Sources: Prometheus model/textparse/promlex.l, openmetricslex.l; Clinger, "How to read floating point numbers accurately" (1990).
 */
import { isNumber, readNumber } from "./read-number.ts";

const newline = 10;
const tab = 9;
const space = 32;
const quote = 34;
const hash = 35;
const plus = 43;
const minus = 45;
const dot = 46;
const zero = 48;
const lowerE = 101;
const upperE = 69;
const openBrace = 123;
const closeBrace = 125;
const backslash = 92;

/** Powers of ten that are exact in float64: a product or quotient with one of them is rounded once, so it is right. */
const exactPowers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** So many digits are below 2^53. */
const exactDigits = 15;

export type LineKind = "sample" | "comment" | "end";

/** A place in the bytes. A wrong line is reported as `false` or `NaN` with `fault`; what is expected stands there. */
export class LineScanner {
  readonly bytes: Uint8Array;
  /** Over the same bytes. */
  readonly view: DataView;
  at = 0;
  /** What was expected at `at`, once something was wrong. */
  fault: string | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Goes to the first character of the next line that says something. */
  nextLine(): LineKind {
    const { bytes } = this;
    let { at } = this;
    for (; at < bytes.length; at++) {
      const code = bytes[at] ?? 0;
      if (code !== newline && code !== space && code !== tab) break;
    }
    this.at = at;
    if (at >= bytes.length) return "end";
    return bytes[at] === hash ? "comment" : "sample";
  }

  /** The end of the line, before its newline. */
  lineEnd(): number {
    const end = this.bytes.indexOf(newline, this.at);
    return end === -1 ? this.bytes.length : end;
  }

  /** The end of the key that begins here: of the metric's name, and of the labels in braces where there are some. -1: there is none. */
  keyEnd(): number {
    const { bytes } = this;
    let at = this.at;
    for (; at < bytes.length; at++) {
      const code = bytes[at] ?? 0;
      if (code === openBrace || code === space || code === tab || code === newline) break;
    }
    const nameEnd = at;
    while (bytes[at] === space || bytes[at] === tab) at++;
    if (bytes[at] !== openBrace) return nameEnd > this.at ? nameEnd : this.#fail("a metric name", -1);
    for (let quoted = false; at < bytes.length; at++) {
      const code = bytes[at] ?? 0;
      if (code === newline) break;
      if (quoted && code === backslash) at++;
      else if (code === quote) quoted = !quoted;
      else if (code === closeBrace && !quoted) return at + 1;
    }
    return this.#fail("a closing }", -1);
  }

  /** Goes over blanks; whether there was one. */
  skipBlanks(): boolean {
    const start = this.at;
    while (this.bytes[this.at] === space || this.bytes[this.at] === tab) this.at++;
    return this.at > start;
  }

  /** Whether labels in braces begin here. */
  get atLabels(): boolean {
    return this.bytes[this.at] === openBrace;
  }

  get atExemplar(): boolean {
    return this.bytes[this.at] === hash;
  }

  get atLineEnd(): boolean {
    return this.isLineEnd(this.at);
  }

  isLineEnd(at: number): boolean {
    return at >= this.bytes.length || this.bytes[at] === newline;
  }

  /** A number up to the next blank or line end. */
  number(): number {
    const { bytes } = this;
    const start = this.at;
    let at = start;
    let negative = false;
    let mantissa = 0;
    let digits = 0;
    let decimals = 0;
    if (bytes[at] === minus) {
      negative = true;
      at++;
    }
    for (; at < bytes.length; at++) {
      const digit = (bytes[at] ?? 0) - zero;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
      digits++;
    }
    if (bytes[at] === dot) {
      const pointAt = at++;
      for (; at < bytes.length; at++) {
        const digit = (bytes[at] ?? 0) - zero;
        if (digit < 0 || digit > 9) break;
        mantissa = mantissa * 10 + digit;
        digits++;
      }
      decimals = at - pointAt - 1;
    }
    let exponent = 0;
    if (digits > 0 && digits <= exactDigits && (bytes[at] === lowerE || bytes[at] === upperE)) {
      const sign = bytes[at + 1];
      const exponentAt = sign === minus || sign === plus ? at + 2 : at + 1;
      let end = exponentAt;
      for (; end < bytes.length && end < exponentAt + 3; end++) {
        const digit = (bytes[end] ?? 0) - zero;
        if (digit < 0 || digit > 9) break;
        exponent = exponent * 10 + digit;
      }
      if (end === exponentAt) return this.#slowNumber(start);
      if (sign === minus) exponent = -exponent;
      at = end;
    }
    const power = exponent - decimals;
    if (digits === 0 || digits > exactDigits || power > 22 || power < -22 || !isTokenEnd(bytes, at))
      return this.#slowNumber(start);
    this.at = at;
    const value =
      power === 0 ? mantissa : power > 0 ? mantissa * (exactPowers[power] ?? 1) : mantissa / (exactPowers[-power] ?? 1);
    return negative ? -value : value;
  }

  /** What is left of the line, as text of one character per byte. */
  restOfLine(): string {
    return latin1(this.bytes, this.at, this.lineEnd());
  }

  /** Goes behind the line, which must end here. */
  endLine(): boolean {
    if (!this.atLineEnd) return this.#fail("the end of the line", false);
    this.at++;
    return true;
  }

  #slowNumber(start: number): number {
    let end = start;
    while (end < this.bytes.length && !isTokenEnd(this.bytes, end)) end++;
    const text = latin1(this.bytes, start, end);
    if (!isNumber(text, 0, text.length)) return this.#fail("a number", Number.NaN);
    this.at = end;
    return readNumber(text, 0, text.length);
  }

  #fail<T>(expected: string, result: T): T {
    this.fault = expected;
    return result;
  }
}

function isTokenEnd(bytes: Uint8Array, at: number): boolean {
  const code = bytes[at];
  return code === undefined || code === newline || code === space || code === tab;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}
