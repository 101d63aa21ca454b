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
/** Of one pattern: `(…){1000}` of 1,000 characters has a million, which take 170 MB (measured). */
const maxInstructions = 65_536;
/** Characters and instructions of all matchers kept together: each takes up to 170 bytes (measured), so 256 long ones took 1 GB. */
const maxCachedSize = 262_144;

interface Kept {
  readonly matcher: CompiledMatcher;
  readonly size: number;
}

const cache = new Map<string, Kept>();
let cachedSize = 0;

/** Compiles, or takes a recently compiled one. Throws `QUERY_SYNTAX` for what is no RE2 pattern, `QUERY_LIMIT` for too long a one. */
export function compileMatcher(matcher: LabelMatcher): CompiledMatcher {
  const key = `${matcher.operator}${matcher.name}\u0000${matcher.value}`;
  const known = cache.get(key);
  if (known !== undefined) {
    // Taken out and put in again: the Map's order is the order of use.
    cache.delete(key);
    cache.set(key, known);
    return known.matcher;
  }
  const { instructions, ...compiled } = compile(matcher);
  const size = key.length + instructions;
  cache.set(key, { matcher: compiled, size });
  cachedSize += size;
  for (const [oldest, { size: freed }] of cache) {
    if (cache.size <= maxCached && cachedSize <= maxCachedSize) break;
    cache.delete(oldest);
    cachedSize -= freed;
  }
  return compiled;
}

/** With the length of its program; 0 where there is none. */
type Compiled = CompiledMatcher & { readonly instructions: number };

function compile({ name, operator, value }: LabelMatcher): Compiled {
  if (operator === "=") return { name, values: [value], matches: (other) => other === value, instructions: 0 };
  if (operator === "!=") return { name, values: null, matches: (other) => other !== value, instructions: 0 };
  const pattern = compilePattern(value);
  if (operator === "=~") return { name, ...pattern };
  return { ...pattern, name, values: null, matches: (other) => !pattern.matches(other) };
}

function compilePattern(pattern: string): Omit<Compiled, "name"> {
  if (pattern.length > maxPatternLength) {
    throw new ChainPulseError(
      "QUERY_LIMIT",
      `a regular expression has ${pattern.length} characters, ${maxPatternLength} are allowed`,
    );
  }
  const simple = simplePattern(pattern);
  if (simple !== null) return { values: simple.values, matches: (value) => simple.matches(value), instructions: 0 };
  const regex = compileRegex(pattern);
  const instructions = regex.programSize();
  if (instructions > maxInstructions) {
    throw new ChainPulseError(
      "QUERY_LIMIT",
      `the regular expression ${JSON.stringify(pattern.slice(0, 100))} compiles to ${instructions} instructions, ${maxInstructions} are allowed`,
      { fix: "Write it without large counted repetitions ({1000})." },
    );
  }
  const matches = remembered((value) => {
    checkRegexCost(pattern, instructions, value, "verdict");
    return regex.matches(value);
  });
  return { values: null, matches, instructions };
}

function compileRegex(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
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
