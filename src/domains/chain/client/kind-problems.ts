/**
 * Kinds in the configuration that there are not. The schema in `core/` cannot know them: a client is a file in `clients/` and a line in
 * `kinds.ts`, and no list elsewhere.
 */
import type { ChainSection } from "../../../core/config-chain.ts";
import { nearestWord } from "../../../io/config-file-nearest.ts";
import type { ConfigProblem } from "../../../io/config-file-source.ts";
import type { ClientKind } from "./client-kind.ts";

/** One problem for each client whose `kind` is none of `kinds`. */
export function kindProblems({ clients }: ChainSection, kinds: readonly ClientKind[]): readonly ConfigProblem[] {
  const expected = `one of ${kindWords(kinds)
    .map((word) => JSON.stringify(word))
    .join(", ")}`;
  return clients.flatMap(({ kind }, index) =>
    isKind(kind, kinds)
      ? []
      : {
          path: ["chain", "clients", index, "kind"],
          at: "value",
          message: `expected ${expected}, found ${JSON.stringify(kind)}`,
          expected,
          nearest: meantKind(kind, kinds),
        },
  );
}

/** What to do about a kind that there is not. */
export function kindFix(word: string, kinds: readonly ClientKind[]): string {
  const meant = meantKind(word, kinds);
  return meant === null ? `One of: ${kindWords(kinds).join(", ")}.` : `Set kind to ${meant}.`;
}

function isKind(word: string, kinds: readonly ClientKind[]): boolean {
  return word === "auto" || kinds.some(({ id }) => id === word);
}

function kindWords(kinds: readonly ClientKind[]): readonly string[] {
  return ["auto", ...kinds.map(({ id }) => id)];
}

/** The kind that was probably meant: one spelt alike, or the one that watches the program of that name. */
function meantKind(word: string, kinds: readonly ClientKind[]): string | null {
  const programs = new Map(kinds.flatMap(({ id, standsFor = [] }) => standsFor.map((program) => [program, id] as const)));
  const nearest = nearestWord(word, [...kindWords(kinds), ...programs.keys()]);
  return nearest === null ? null : (programs.get(nearest) ?? nearest);
}
