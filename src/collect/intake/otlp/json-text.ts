/**
 * A look at JSON before it is parsed, because parsing has no bounds of its own: a hundred thousand brackets take it a second, and some
 * million values half a gigabyte. On the way whole numbers that JavaScript would round are put in quotes, where protobuf's JSON may have
 * them too. Source: protobuf.dev/programming-guides/json (int64, fixed64).
 */
import { ChainPulseError } from "../../../core/errors.ts";

/** Objects and lists in each other: a dozen of OTLP's own, and three for each level of a value. */
const depthMax = 128;

/** Objects, lists and their members. A data point with ten attributes has fifty of them; a million take some 60 MB. */
const valuesMax = 1_000_000;

/** Fewer digits are always exact. */
const longDigits = 16;

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const quoteBytes = Uint8Array.of(quote);

/** The text, to be parsed. What is no JSON stays none. Errors: `BAD_REQUEST`, `PAYLOAD_TOO_LARGE`. */
export function parsableJson(bytes: Uint8Array): string {
  const parts: Uint8Array[] = [];
  let copied = 0;
  let depth = 0;
  let values = 0;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = stringEnd(bytes, at);
    else if (byte === minus || (byte >= zero && byte <= nine)) {
      const end = numberEnd(bytes, at);
      if (end - at >= longDigits && isWhole(bytes, at, end)) {
        parts.push(bytes.subarray(copied, at), quoteBytes, bytes.subarray(at, end), quoteBytes);
        copied = end;
      }
      at = end;
    } else {
      at++;
      if (byte === openBrace || byte === openBracket) {
        values++;
        if (++depth > depthMax) throw new ChainPulseError("BAD_REQUEST", `the body is nested deeper than ${depthMax} levels`);
      } else if (byte === closeBrace || byte === closeBracket) depth--;
      else if (byte === comma) values++;
      if (values > valuesMax) throw new ChainPulseError("PAYLOAD_TOO_LARGE", `the body has more than ${valuesMax} values`);
    }
  }
  return textOf(parts.length === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(copied)]));
}

/** Behind the quote that ends the string which begins here. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; at < bytes.length && bytes[at] !== quote; at++) if (bytes[at] === backslash) at++;
  return at + 1;
}

/** Behind the last character that a number can have: digits, signs, a point, an exponent. */
function numberEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const isPart = (byte >= zero && byte <= nine) || byte === minus || byte === 0x2b || byte === 0x2e || (byte | 0x20) === 0x65;
    if (!isPart) break;
  }
  return at;
}

function isWhole(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = bytes[start] === minus ? start + 1 : start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < zero || byte > nine) return false;
  }
  return true;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new ChainPulseError("BAD_REQUEST", "the body is no valid UTF-8", { cause });
  }
}
