/**
 * Numbers out of the kernel's text without regular expressions, `split` or intermediate strings: a tick parses some 20 KB of it.
 */

const zero = 48;
const nine = 57;
const space = 32;
const tab = 9;
const newline = 10;
const minus = 45;
const dot = 46;

/**
 * Walks through a text. Numbers are decimal; integers beyond 2^53 lose their last digits, as float64 does.
 * Reuse one cursor: `reset` costs two stores.
 */
export class TextCursor {
  text = "";
  at = 0;

  reset(text: string, at = 0): this {
    this.text = text;
    this.at = at;
    return this;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** The next number on this line, after spaces; NaN (and no step) where none stands. */
  number(): number {
    this.skipSpaces();
    const text = this.text;
    const start = this.at;
    const negative = text.charCodeAt(start) === minus;
    let at = negative ? start + 1 : start;
    const firstDigit = at;
    let value = 0;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code < zero || code > nine) break;
      value = value * 10 + (code - zero);
    }
    if (at === firstDigit) return Number.NaN;
    if (text.charCodeAt(at) === dot) {
      const fraction = at + 1;
      for (at = fraction; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code < zero || code > nine) break;
      }
      // Digits after the point are rare (loadavg, uptime, MHz): the built-in parser rounds them correctly.
      value = Number(text.slice(firstDigit, at));
    }
    this.at = at;
    return negative ? -value : value;
  }

  /** The next word on this line, after spaces; empty at the line's end. */
  word(): string {
    this.skipSpaces();
    const start = this.at;
    this.skipWord();
    return this.text.slice(start, this.at);
  }

  /** Steps over the next word, if there is one on this line. */
  skipWord(): void {
    this.skipSpaces();
    const text = this.text;
    let at = this.at;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === space || code === tab || code === newline) break;
    }
    this.at = at;
  }

  skipSpaces(): void {
    const text = this.text;
    let at = this.at;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code !== space && code !== tab) break;
    }
    this.at = at;
  }

  /** To the start of the next line, or to the end. */
  nextLine(): void {
    const end = this.text.indexOf("\n", this.at);
    this.at = end === -1 ? this.text.length : end + 1;
  }

  /** What is left of this line. */
  restOfLine(): string {
    const end = this.text.indexOf("\n", this.at);
    return this.text.slice(this.at, end === -1 ? this.text.length : end);
  }

  startsWith(prefix: string): boolean {
    return this.text.startsWith(prefix, this.at);
  }
}

/** A text that is one number and nothing else, as most files of sysfs are; NaN for anything else (`max`, `<unsupported>`, nothing). */
export function parseNumber(text: string): number {
  const trimmed = text.trim();
  return trimmed === "" ? Number.NaN : Number(trimmed);
}

/** `0-3,8,10-11` → 0 1 2 3 8 10 11. The kernel's list format (cpulist, nodelist); bounded by `maxCount`. */
export function parseList(text: string, maxCount = 8192): readonly number[] {
  const numbers: number[] = [];
  for (const part of text.trim().split(",")) {
    if (part === "") continue;
    const [first = "", last = first] = part.split("-");
    for (let number = Number(first); number <= Number(last) && numbers.length < maxCount; number++) numbers.push(number);
  }
  return numbers;
}
