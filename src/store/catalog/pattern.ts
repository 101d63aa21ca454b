/**
 * Patterns that need no engine: alternations of literals with `.*` and `.+` between them, as dashboards send them (`a|b`, `node_.+`,
 * `.*error.*`, and all of that in one pair of brackets, as Grafana's variables come). Everything else is left to RE2.
 */

/** One alternative: literals, and between two of them at least so many characters (0: `.*`, 1: `.+`). */
interface Alternative {
  readonly pieces: readonly string[];
  readonly gaps: readonly number[];
}

export interface SimplePattern {
  /** Exactly the texts that match, where they are few and known; `null` otherwise. */
  readonly values: readonly string[] | null;
  matches(text: string): boolean;
}

/** `null` where the pattern is more than that, or no valid text. */
export function simplePattern(pattern: string): SimplePattern | null {
  // Half of a surrogate pair would match the half of another one.
  if (!pattern.isWellFormed()) return null;
  const inner = /^\((?:\?:)?(.*)\)$/s.exec(pattern)?.[1] ?? pattern;
  const alternatives = parse(inner);
  if (alternatives === null) return null;
  if (alternatives.every(({ gaps }) => gaps.length === 0)) {
    const values = alternatives.map(({ pieces }) => pieces.join(""));
    const set = new Set(values);
    return { values, matches: (text) => set.has(text) };
  }
  const [only] = alternatives;
  if (only !== undefined && alternatives.length === 1) return { values: null, matches: (text) => fits(only, text) };
  return { values: null, matches: (text) => alternatives.some((alternative) => fits(alternative, text)) };
}

/** Takes `a|b\.c.*d` apart; `null` at the first thing that is neither a literal nor `|`, `.*`, `.+`. */
function parse(pattern: string): readonly Alternative[] | null {
  const alternatives: Alternative[] = [];
  for (const part of splitOutsideEscapes(pattern)) {
    const pieces = [""];
    const gaps: number[] = [];
    for (let i = 0; i < part.length; i++) {
      let char = part.charAt(i);
      if (char === "." && /^[*+]$/.test(part.charAt(i + 1)) && !/^[*+?{]$/.test(part.charAt(i + 2))) {
        gaps.push(part.charAt(++i) === "+" ? 1 : 0);
        pieces.push("");
        continue;
      }
      if (char === "\\") {
        char = part.charAt(++i);
        // An escaped letter or digit is a class, an anchor or a code point; escaped punctuation is itself.
        if (!/^[!-/:-@[-`{-~]$/.test(char)) return null;
      } else if (/[.+*?()[\]{}^$]/.test(char)) {
        return null;
      }
      pieces[pieces.length - 1] += char;
    }
    alternatives.push({ pieces, gaps });
  }
  return alternatives;
}

function splitOutsideEscapes(pattern: string): string[] {
  const parts = [""];
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === "|") parts.push("");
    else parts[parts.length - 1] += pattern[i] === "\\" ? pattern.slice(i, ++i + 1) : pattern.charAt(i);
  }
  return parts;
}

/** Whether the text is the pieces in their order, with what the gaps allow between them. The leftmost place of a piece leaves most to those after it. */
function fits({ pieces, gaps }: Alternative, text: string): boolean {
  const [first = "", ...others] = pieces;
  if (gaps.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  const last = others.pop() ?? "";
  let at = first.length;
  for (const [i, piece] of others.entries()) {
    const from = afterGap(text, at, gaps[i] ?? 0);
    const found = text.indexOf(piece, from);
    // Beyond its end a text is found to contain "" at its end.
    if (found < from) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= afterGap(text, at, gaps[others.length] ?? 0) && text.endsWith(last);
}

/** Where the next piece may begin. A character is a code point, which may take two units of the text. */
function afterGap(text: string, at: number, characters: number): number {
  if (characters === 0) return at;
  return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
}
