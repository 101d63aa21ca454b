/** The error every stage of the parser throws: position and text in Prometheus's form. */
import { ChainPulseError } from "../../core/errors.ts";

/** `line:column`, both from 1, of a UTF-16 offset in the query. */
export function positionOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return `${before.split("\n").length}:${offset - lineStart + 1}`;
}

/** `1:5: parse error: unexpected …`, code `QUERY_SYNTAX`. */
export function syntaxError(text: string, offset: number, message: string): ChainPulseError {
  return new ChainPulseError("QUERY_SYNTAX", `${positionOf(text, offset)}: parse error: ${message}`);
}

/** A construct of Prometheus that ChainPulse reads but cannot evaluate, code `QUERY_UNSUPPORTED`. */
export function unsupported(text: string, offset: number, what: string): ChainPulseError {
  return new ChainPulseError("QUERY_UNSUPPORTED", `${positionOf(text, offset)}: ${what} is not supported`);
}
