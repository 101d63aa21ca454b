/**
 * How far a number or a duration reaches. A text that is neither is read as far as Prometheus reads it, because its message quotes
 * that part. Source: Prometheus 3, promql/parser/lex.go (scanNumber, acceptRemainingDuration).
 */

const decimalDigits = "0123456789";
const hexDigits = "0123456789abcdefABCDEF";
const alphanumeric = /[a-zA-Z0-9_]/;

/** `end` is exclusive; `kind` is `null` where the text is neither. */
export interface ScannedNumber {
  readonly kind: "number" | "duration" | null;
  readonly end: number;
}

/** The number or duration that begins at `start`, where a digit or a point stands. */
export function scanNumberOrDuration(text: string, start: number): ScannedNumber {
  const number = scanNumber(text, start);
  if (number.isValid) return { kind: "number", end: number.end };
  const duration = scanDuration(text, number.end);
  return { kind: duration.isValid ? "duration" : null, end: duration.end };
}

interface Scanned {
  readonly end: number;
  readonly isValid: boolean;
}

function isOneOf(set: string, character: string | undefined): boolean {
  return character !== undefined && set.includes(character);
}

function isAlphanumeric(character: string | undefined): boolean {
  return character !== undefined && alphanumeric.test(character);
}

/** Decimal, hexadecimal (without fractions), octal; with an exponent, and `_` between digits. The parser finds its value. */
function scanNumber(text: string, start: number): Scanned {
  let at = start;
  const accept = (set: string): boolean => {
    const found = isOneOf(set, text[at]);
    if (found) at += 1;
    return found;
  };
  let digits = decimalDigits;
  if (accept("0") && accept("xX")) {
    accept("_");
    digits = hexDigits;
  }
  accept(".");
  accept(digits);
  let hasPoint = false;
  let hasExponent = false;
  while (isOneOf(`${digits}._eE`, text[at])) {
    if (accept(".")) {
      const isMisplaced = hasPoint || accept("_.") || digits === hexDigits;
      if (isMisplaced) return { end: at, isValid: false };
      hasPoint = true;
    } else if (accept("eE")) {
      if (hasExponent) return { end: at, isValid: false };
      hasExponent = true;
      accept("+-");
      if (accept("._eE") || at >= text.length) return { end: at, isValid: false };
    } else if (accept("_")) {
      if (accept("._eE") || at >= text.length) return { end: at, isValid: false };
    } else while (accept(digits));
  }
  return { end: at, isValid: at > start && !isAlphanumeric(text[at]) };
}

/** The rest of a duration, from its first unit. Units and their order are checked when its value is computed. */
function scanDuration(text: string, start: number): Scanned {
  let at = start;
  const accept = (set: string): boolean => {
    const found = isOneOf(set, text[at]);
    if (found) at += 1;
    return found;
  };
  if (!accept("smhdwy")) return { end: at, isValid: false };
  accept("s");
  while (accept(decimalDigits)) {
    while (accept(decimalDigits));
    if (!accept("smhdw")) return { end: at, isValid: false };
    accept("s");
  }
  const isFollowed = isAlphanumeric(text[at]);
  return { end: isFollowed ? at + 1 : at, isValid: !isFollowed };
}
