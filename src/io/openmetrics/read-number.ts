/**
 * Numbers as both formats write them. JavaScript's `Number` reads more (hexadecimal, spaces, nothing at all) and other words.
 * Sources: OpenMetrics 1.0, ABNF `number`; Prometheus model/textparse/interface.go, `parseFloat`.
 */

const plus = 43;
const minus = 45;
const dot = 46;
const zero = 48;
const nine = 57;
const lowerE = 101;
const upperE = 69;
/** So many digits are below 2^53: adding them up is exact. */
const exactDigits = 15;

/** NaN both for a number that is NaN and for text that is none: `isNumber` tells them apart. */
export function readNumber(text: string, start: number, end: number): number {
  if (end - start <= exactDigits) {
    let value = 0;
    let at = start;
    for (; at < end; at++) {
      const digit = text.charCodeAt(at) - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === end && at > start) return value;
  }
  if (isDecimal(text, start, end)) return Number(text.slice(start, end));
  return infinityOf(text.slice(start, end));
}

/** Whether the text is a number of these formats, NaN included. */
export function isNumber(text: string, start: number, end: number): boolean {
  if (isDecimal(text, start, end)) return true;
  const word = text.slice(start, end);
  return word.toLowerCase() === "nan" || !Number.isNaN(infinityOf(word));
}

/** `[sign] digits [. digits] [e [sign] digits]` with at least one digit before the exponent. */
export function isDecimal(text: string, start: number, end: number): boolean {
  const whole = afterDigits(text, afterSign(text, start, end), end);
  let digits = whole - afterSign(text, start, end);
  let at = whole;
  if (at < end && text.charCodeAt(at) === dot) {
    at = afterDigits(text, whole + 1, end);
    digits += at - whole - 1;
  }
  if (digits === 0) return false;
  if (at < end && (text.charCodeAt(at) === lowerE || text.charCodeAt(at) === upperE)) {
    const exponent = afterSign(text, at + 1, end);
    at = afterDigits(text, exponent, end);
    if (at === exponent) return false;
  }
  return at === end;
}

function afterSign(text: string, at: number, end: number): number {
  return at < end && (text.charCodeAt(at) === plus || text.charCodeAt(at) === minus) ? at + 1 : at;
}

function afterDigits(text: string, start: number, end: number): number {
  let at = start;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < zero || code > nine) break;
  }
  return at;
}

function infinityOf(word: string): number {
  switch (word.toLowerCase()) {
    case "inf":
    case "+inf":
    case "infinity":
    case "+infinity":
      return Number.POSITIVE_INFINITY;
    case "-inf":
    case "-infinity":
      return Number.NEGATIVE_INFINITY;
    default:
      return Number.NaN;
  }
}
