/** The error every stage of the parser throws: position and text in Prometheus's form. */
import { ChainPulseError } from "../../core/errors.ts";

/** `line:column`, both from 1, of a UTF-16 offset in the query. Columns count the bytes of UTF-8, as Prometheus's do. */
export function positionOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return `${before.split("\n").length}:${Buffer.byteLength(before.slice(lineStart)) + 1}`;
}

/** `1:5: parse error: unexpected …`, code `QUERY_SYNTAX`. */
export function syntaxError(text: string, offset: number, message: string): ChainPulseError {
  return new ChainPulseError("QUERY_SYNTAX", `${positionOf(text, offset)}: parse error: ${message}`);
}
