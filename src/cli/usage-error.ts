/** Wrong usage of the command line, with the word that was probably meant. */
import { nearestWord } from "../io/config-file-nearest.ts";

/** The command line is wrong: exit code 2, with a pointer to the help. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `; did you mean --listen?`, or nothing where no candidate is near. */
export function suggestion(word: string, candidates: readonly string[], prefix: string): string {
  const nearest = nearestWord(word, candidates);
  return nearest === null ? "" : `; did you mean ${prefix}${nearest}?`;
}
