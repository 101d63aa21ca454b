/**
 * What one match may cost. RE2 promises time linear in the text, for one pattern; but the pattern is the user's too, and with counted
 * repetition (`(a?){1000}b`, `(.*a){500}`) it compiles to thousands of instructions.
 */
import { ChainPulseError } from "../../core/errors.ts";

/** Instructions × characters: 50 ms at the 3 ns that each took with the worst patterns found. */
const workMax = 16_777_216;

/** `groups`: to find what the groups of a pattern match takes longer than to know whether it matches, at worst 25 times (measured). */
const workOf = { verdict: 1, groups: 16 } as const;

/** Throws `QUERY_LIMIT` where a pattern of so many instructions is too costly for the text. */
export function checkRegexCost(pattern: string, instructions: number, text: string, wanted: keyof typeof workOf): void {
  if (instructions * text.length * workOf[wanted] <= workMax) return;
  const shown = JSON.stringify(pattern.slice(0, 100));
  throw new ChainPulseError(
    "QUERY_LIMIT",
    `the regular expression ${shown} is too costly for a value of ${text.length} characters`,
    {
      fix: "Write it without large counted repetitions ({1000}), or select fewer series.",
    },
  );
}
