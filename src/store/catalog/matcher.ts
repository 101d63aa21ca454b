/**
 * Label matchers as predicates on a label's value. Regular expressions are RE2 (linear time), anchored at both ends, and `.` matches
 * newlines, as in Prometheus. Most patterns that dashboards send need no engine, see pattern.ts.
 */
import { RE2JS, RE2JSException } from "re2js";
import { ChainPulseError } from "../../core/errors.ts";
import type { LabelMatcher } from "../../core/labels.ts";
import { simplePattern } from "./pattern.ts";
import { checkRegexCost } from "./regex-cost.ts";

export interface CompiledMatcher {
  readonly name: string;
  /** Exactly the values that can match, where they are few and known; `null` otherwise. */
  readonly values: readonly string[] | null;
  /** A series without the label has the value "". */
  matches(value: string): boolean;
}

/** Longest pattern, characters: an alternation of 1,000 process names fits; compiling costs about 1 µs each. */
const maxPatternLength = 65_536;
/** Verdicts kept per pattern; a label with more values than this is matched anew. */
const maxVerdicts = 10_000;
const maxCached = 256;
/** Of all patterns kept together: a compiled one takes up to 70 bytes for each character (measured), so 256 long ones took 1 GB. */
const maxCachedChars = 262_144;

const cache = new Map<string, CompiledMatcher>();
let cachedChars = 0;

/** Compiles, or takes a recently compiled one. Throws `QUERY_SYNTAX` for what is no RE2 pattern, `QUERY_LIMIT` for too long a one. */
export function compileMatcher(matcher: LabelMatcher): CompiledMatcher {
  const key = `${matcher.operator}${matcher.name}\u0000${matcher.value}`;
  const known = cache.get(key);
  if (known !== undefined) {
    // Taken out and put in again: the Map's order is the order of use.
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const compiled = compile(matcher);
  cache.set(key, compiled);
  cachedChars += key.length;
  for (const oldest of cache.keys()) {
    if (cache.size <= maxCached && cachedChars <= maxCachedChars) break;
    cache.delete(oldest);
    cachedChars -= oldest.length;
  }
  return compiled;
}

function compile({ name, operator, value }: LabelMatcher): CompiledMatcher {
  if (operator === "=") return { name, values: [value], matches: (other) => other === value };
  if (operator === "!=") return { name, values: null, matches: (other) => other !== value };
  const { values, matches } = compilePattern(value);
  return operator === "=~" ? { name, values, matches } : { name, values: null, matches: (other) => !matches(other) };
}

function compilePattern(pattern: string): Pick<CompiledMatcher, "values" | "matches"> {
  if (pattern.length > maxPatternLength) {
    throw new ChainPulseError(
      "QUERY_LIMIT",
      `a regular expression has ${pattern.length} characters, ${maxPatternLength} are allowed`,
    );
  }
  return simplePattern(pattern) ?? { values: null, matches: remembered(regexTest(pattern)) };
}

function regexTest(pattern: string): (value: string) => boolean {
  try {
    const regex = RE2JS.compile(pattern, RE2JS.DOTALL);
    const instructions = regex.programSize();
    return (value) => {
      checkRegexCost(pattern, instructions, value, "verdict");
      return regex.matches(value);
    };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new ChainPulseError(
      "QUERY_SYNTAX",
      `the regular expression ${JSON.stringify(pattern)} is not valid: ${error.message}`,
      {
        fix: "Patterns are RE2: https://github.com/google/re2/wiki/Syntax (no look-around, no back-references).",
        cause: error,
      },
    );
  }
}

function remembered(test: (value: string) => boolean): (value: string) => boolean {
  const verdicts = new Map<string, boolean>();
  return (value) => {
    const known = verdicts.get(value);
    if (known !== undefined) return known;
    const verdict = test(value);
    if (verdicts.size < maxVerdicts) verdicts.set(value, verdict);
    return verdict;
  };
}
