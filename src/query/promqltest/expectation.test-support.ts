/** `expect …` lines of a test script, and whether what a query gave fulfils them. */
import { unquote } from "../parser/literals.ts";

export type ExpectationKind = "fail" | "warn" | "no_warn" | "info" | "no_info" | "ordered" | "string" | "range vector";

export interface Expectation {
  readonly kind: ExpectationKind;
  /** The wanted text; `null`: any. */
  readonly text: string | null;
  /** `text` is a regular expression to be found. */
  readonly isPattern: boolean;
}

const kinds: readonly ExpectationKind[] = ["fail", "warn", "no_warn", "info", "no_info", "ordered", "string", "range vector"];

/** Throws an `Error` for an expectation that does not exist. */
export function parseExpectation(line: string): Expectation {
  const body = line.slice("expect ".length).trim();
  const kind = kinds.find((known) => body === known || body.startsWith(`${known} `));
  if (kind === undefined) throw new Error(`unknown expectation ${JSON.stringify(line)}`);
  const rest = body.slice(kind.length).trim();
  if (rest === "") return { kind, text: null, isPattern: false };
  if (kind === "string") return { kind, text: unquote(rest), isPattern: false };
  if (kind === "range vector") return { kind, text: rest, isPattern: false };
  const [, how, text = ""] = /^(msg|regex):\s*(.*)$/.exec(rest) ?? [];
  if (how === undefined) throw new Error(`expected msg: or regex: in ${JSON.stringify(line)}`);
  return { kind, text, isPattern: how === "regex" };
}

/** `expected_fail_message …`, as scripts before 3.4 have it below an `eval_fail`; `null` for any other line. */
export function parseOldFailure(line: string): Expectation | null {
  const [, how, text = ""] = /^expected_fail_(message|regexp)\s+(.*)$/.exec(line) ?? [];
  return how === undefined ? null : { kind: "fail", text, isPattern: how === "regexp" };
}

/** Whether a message is the one expected. */
export function isExpectedMessage({ text, isPattern }: Expectation, message: string): boolean {
  if (text === null) return true;
  return isPattern ? new RegExp(text).test(message) : message === text;
}

/** Compares what a query noted with all expectations; returns what is wrong, or `null`. */
export function checkAllNotes(
  expectations: readonly Expectation[],
  warnings: readonly string[],
  infos: readonly string[],
): string | null {
  for (const expectation of expectations) {
    const wrong = checkNotes(expectation, warnings, infos);
    if (wrong !== null) return wrong;
  }
  return checkUnexpected(expectations, "warn", warnings) ?? checkUnexpected(expectations, "info", infos);
}

/** Where notes of a kind are expected, every one of them must be. */
function checkUnexpected(expectations: readonly Expectation[], kind: "warn" | "info", notes: readonly string[]): string | null {
  const expected = expectations.filter((expectation) => expectation.kind === kind);
  if (expected.length === 0) return null;
  const other = notes.find((note) => !expected.some((expectation) => isExpectedMessage(expectation, note)));
  return other === undefined ? null : `unexpected ${kind}: ${other}`;
}

/** Compares notes with one expectation; returns what is wrong, or `null`. */
function checkNotes(expectation: Expectation, warnings: readonly string[], infos: readonly string[]): string | null {
  const { kind } = expectation;
  const notes = kind === "warn" || kind === "no_warn" ? warnings : kind === "info" || kind === "no_info" ? infos : null;
  if (notes === null) return null;
  if (kind.startsWith("no_")) return notes.length === 0 ? null : `unexpected ${kind.slice("no_".length)}: ${notes.join("; ")}`;
  if (notes.some((note) => isExpectedMessage(expectation, note))) return null;
  return `missing ${kind}${expectation.text === null ? "" : ` ${JSON.stringify(expectation.text)}`}; there are: ${notes.join("; ")}`;
}
