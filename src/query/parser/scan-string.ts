/** Where a string literal ends, or what is wrong with it. Source: Prometheus 3, promql/parser/lex.go (lexString, lexEscape). */
import { quote } from "./literals.ts";

/** The end (exclusive) of the literal, or the message. */
export type ScannedString = { readonly end: number } | { readonly message: string };

const plain =
  /"(?:[^"\\\n\ufffd\ud800-\udfff]|[\ud800-\udbff][\udc00-\udfff])*"|'(?:[^'\\\n\ufffd\ud800-\udfff]|[\ud800-\udbff][\udc00-\udfff])*'/y;

/** The literal whose quote stands at `start`. */
export function scanString(text: string, start: number): ScannedString {
  plain.lastIndex = start;
  if (plain.test(text)) return { end: plain.lastIndex };
  const quoteMark = text[start];
  return quoteMark === "`" ? scanRaw(text, start) : scanEscaped(text, start, quoteMark ?? "");
}

function scanRaw(text: string, start: number): ScannedString {
  const end = text.indexOf("`", start + 1);
  if (hasInvalidCharacter(text.slice(start, end < 0 ? text.length : end))) return { message: "invalid UTF-8 rune" };
  return end < 0 ? { message: "unterminated raw string" } : { end: end + 1 };
}

/** U+FFFD stands for what was no UTF-8 when the text was decoded. */
function hasInvalidCharacter(text: string): boolean {
  return text.includes("\ufffd") || !text.isWellFormed();
}

function scanEscaped(text: string, start: number, quoteMark: string): ScannedString {
  let at = start + 1;
  while (at < text.length) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (character === quoteMark) return { end: at + 1 };
    if (character === "\n") break;
    if (hasInvalidCharacter(character)) return { message: "invalid UTF-8 rune" };
    if (character === "\\") {
      const escape = scanEscape(text, at + 1, quoteMark);
      if ("message" in escape) return escape;
      at = escape.end;
    } else at += character.length;
  }
  return { message: "unterminated quoted string" };
}

/** Digits of the escapes that have any: how many, their base and the greatest value. */
const numericEscapes: Readonly<Record<string, { readonly digits: number; readonly base: number; readonly max: number }>> = {
  x: { digits: 2, base: 16, max: 0xff },
  u: { digits: 4, base: 16, max: 0x10ffff },
  U: { digits: 8, base: 16, max: 0x10ffff },
};
const octalEscape = { digits: 3, base: 8, max: 0xff };

function scanEscape(text: string, start: number, quoteMark: string): ScannedString {
  const letter = text[start];
  if (letter === undefined) return { message: "escape sequence not terminated" };
  if ("abfnrtv\\".includes(letter) || letter === quoteMark) return { end: start + 1 };
  const isOctal = letter >= "0" && letter <= "7";
  const form = isOctal ? octalEscape : numericEscapes[letter];
  if (form === undefined) return { message: `unknown escape sequence ${nameOfCharacter(text, start)}` };
  const digitsStart = isOctal ? start : start + 1;
  let value = 0;
  for (let at = digitsStart; at < digitsStart + form.digits; at++) {
    if (at >= text.length) return { message: "escape sequence not terminated" };
    const digit = Number.parseInt(text[at] ?? "", form.base);
    if (Number.isNaN(digit)) return { message: `illegal character ${nameOfCharacter(text, at)} in escape sequence` };
    value = value * form.base + digit;
  }
  const isInvalid = value > form.max || (value >= 0xd800 && value < 0xe000);
  return isInvalid ? { message: "escape sequence is an invalid Unicode code point" } : { end: digitsStart + form.digits };
}

/** `U+0063 'c'`, as Go's `%#U`. */
function nameOfCharacter(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0;
  const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return code < 0x20 || code === 0x7f ? number : `${number} '${String.fromCodePoint(code)}'`;
}

/** A character as Go's `%q` writes it: `'x'`. */
export function quoteCharacter(character: string): string {
  if (character === "'") return "'\\''";
  if (character === "\ufffd") return `'${character}'`;
  return character === '"' ? `'"'` : `'${quote(character).slice(1, -1)}'`;
}
