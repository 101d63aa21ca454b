/** The error of both parsers: where in the text, and what was expected there. */
import { ChainPulseError } from "../../core/errors.ts";

/** What is shown of the text at the place. */
const shownMax = 40;

/** `line 3, column 7: expected a number, not "1z"`, code `EXPOSITION_INVALID`. `at` counts UTF-16 units. */
export function unexpected(text: string, at: number, expected: string): ChainPulseError {
  return expositionError(text, at, `expected ${expected}, not ${shown(text, at)}`);
}

/** `line 3, column 7: <message>`, both from 1; columns count UTF-16 units. */
export function expositionError(text: string, at: number, message: string): ChainPulseError {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  return new ChainPulseError("EXPOSITION_INVALID", `line ${line}, column ${column}: ${message}`);
}

function shown(text: string, at: number): string {
  if (at >= text.length) return "the end of the text";
  const [rest = ""] = text.slice(at, at + shownMax).split("\n", 1);
  if (rest === "") return "the end of the line";
  return JSON.stringify(at + rest.length < text.length && rest.length === shownMax ? `${rest}…` : rest);
}
