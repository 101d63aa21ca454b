/**
 * Values of PromQL literals: strings with Go's escapes, numbers; and the way back to text for strings.
 * Source: Go strconv.Unquote.
 */
import { durationFault, parseDuration } from "../../core/duration.ts";
import { roundedFixed } from "../go-format.ts";

const simpleEscapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
  "'": 39,
  '"': 34,
};

/** Escapes that are followed by hexadecimal digits: how many, and whether they name a byte or a code point. */
const hexEscapes: Readonly<Record<string, { readonly digits: number; readonly isByte: boolean }>> = {
  x: { digits: 2, isByte: true },
  u: { digits: 4, isByte: false },
  U: { digits: 8, isByte: false },
};

/**
 * The value of a quoted string, quotes included. Bytes that are no UTF-8 become lone surrogates U+DC80–U+DCFF, so that
 * `isWellFormed()` tells that the text is none. Returns `null` when an escape is not valid.
 */
export function unquote(quoted: string): string | null {
  const quote = quoted[0];
  const body = quoted.slice(1, -1);
  if (quote === "`" || !body.includes("\\")) return body;
  const bytes: number[] = [];
  let at = 0;
  while (at < body.length) {
    const codePoint = body.codePointAt(at) ?? 0;
    if (codePoint !== 92) {
      pushUtf8(bytes, codePoint);
      at += codePoint > 0xffff ? 2 : 1;
      continue;
    }
    const length = readEscape(body, at + 1, quote, bytes);
    if (length === 0) return null;
    at += 1 + length;
  }
  return decodeUtf8(bytes);
}

/** Appends what the escape at `at` (after the backslash) stands for; returns its length, 0 when it is not valid. */
function readEscape(body: string, at: number, quote: string | undefined, bytes: number[]): number {
  const letter = body[at] ?? "";
  const simple = simpleEscapes[letter];
  if (simple !== undefined) {
    if ((letter === "'" || letter === '"') && letter !== quote) return 0;
    bytes.push(simple);
    return 1;
  }
  const octal = /^[0-3][0-7]{2}/.exec(body.slice(at, at + 3));
  if (octal !== null) {
    bytes.push(Number.parseInt(octal[0], 8));
    return 3;
  }
  const hex = hexEscapes[letter];
  if (hex === undefined) return 0;
  const digits = body.slice(at + 1, at + 1 + hex.digits);
  if (digits.length !== hex.digits || !/^[0-9a-fA-F]+$/.test(digits)) return 0;
  const value = Number.parseInt(digits, 16);
  if (hex.isByte) bytes.push(value);
  else if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return 0;
  else pushUtf8(bytes, value);
  return 1 + hex.digits;
}

function pushUtf8(bytes: number[], codePoint: number): void {
  if (codePoint < 0x80) bytes.push(codePoint);
  else for (const byte of Buffer.from(String.fromCodePoint(codePoint), "utf8")) bytes.push(byte);
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: readonly number[]): string {
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    const decoded = length === 0 ? null : decodeSequence(bytes.slice(at, at + length));
    text += decoded ?? String.fromCharCode(0xdc00 + lead);
    at += decoded === null ? 1 : length;
  }
  return text;
}

function decodeSequence(bytes: readonly number[]): string | null {
  try {
    return strictUtf8.decode(Uint8Array.from(bytes));
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

const escapeLetters: ReadonlyMap<number, string> = new Map(
  Object.entries(simpleEscapes).flatMap(([letter, code]) => (letter === "'" ? [] : [[code, letter] as const])),
);
const mustBeEscaped = /["\\\x00-\x1f\x7f\udc80-\udcff\ufffd]/u;

/**
 * Any text but the empty one is a label name since Prometheus 3, and bytes that are no text make none. Nor does `__proto__`, which
 * an object of labels cannot hold: the label would be lost without a word.
 */
export function isLabelName(name: string): boolean {
  return name !== "" && name !== "__proto__" && name.isWellFormed();
}

/** A string as Go's `%q` writes it; lone surrogates from `unquote` become `\xNN` again. */
export function quote(text: string): string {
  if (!mustBeEscaped.test(text)) return `"${text}"`;
  return `"${Array.from(text, escapeCharacter).join("")}"`;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const letter = escapeLetters.get(code);
  if (letter !== undefined) return `\\${letter}`;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  // The lexer takes the character itself for a byte that was no UTF-8.
  if (code === 0xfffd) return "\\ufffd";
  return code >= 0xdc80 && code <= 0xdcff ? `\\x${(code - 0xdc00).toString(16)}` : character;
}

/** Prometheus's message for a text of digits and letters that is no duration, also for one that is too long; else `null`. */
export function durationError(text: string): string | null {
  const fault = durationFault(text);
  if (fault === null) return parseDuration(text) === Number.POSITIVE_INFINITY ? "duration out of range" : null;
  if (fault.unknownUnit === null) return `not a valid duration string: ${quote(text)}`;
  return `unknown unit ${quote(fault.unknownUnit)} in duration ${quote(text)}`;
}

const float = /^(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/;

/** A decimal, hexadecimal or octal number, with `_` between digits, `Inf` or `NaN`; `null` when it is none of these. */
export function parseNumber(text: string): number | null {
  const lower = text.toLowerCase();
  if (lower === "inf") return Number.POSITIVE_INFINITY;
  if (lower === "nan") return Number.NaN;
  const digits = lower.replaceAll("_", "");
  if (/^0x(?:_?[0-9a-f])+$/.test(lower)) return Number(digits);
  if (/^0(?:_?[0-7])+$/.test(lower)) return Number.parseInt(digits, 8);
  return float.test(lower) ? Number(digits) : null;
}

/** A number as Go's `strconv.FormatFloat(value, 'f', -1, 64)` writes it, without an exponent. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const text = Object.is(value, -0) ? "-0" : String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = match;
  const exponent = Number(exponentText);
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}

/** A number with so many decimals, as Go's `%.3f` writes it. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  if (Math.abs(value) < 1e21) return roundedFixed(value, decimals);
  // From here on every number is a whole one.
  return `${BigInt(value)}${decimals > 0 ? "." : ""}${"0".repeat(decimals)}`;
}
