/** Asks the server what is wrong with an expression, and where. Prometheus's parser has one answer: the first mistake. */
import type { Diagnostic } from "@codemirror/lint";
import { ApiProblem, getJson } from "../data/http.ts";
import { instantContext } from "../data/prometheus.ts";
import { errorPosition } from "./error-position.ts";
import { expandWithPlaces } from "./variables.ts";

/** At most one mistake; rejects when the server does not answer. */
export async function checkExpression(expr: string): Promise<readonly Diagnostic[]> {
  if (expr.trim() === "") return [];
  const { text, written } = expandWithPlaces(expr, instantContext());
  try {
    await getJson<unknown>(`/api/v1/parse_query?${new URLSearchParams({ query: text }).toString()}`);
    return [];
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 400) throw error;
    const from = written(errorPosition(error.message, text) ?? 0);
    return [{ from, to: wordEnd(expr, from), severity: "error", message: plainMessage(error.message) }];
  }
}

/** The end of the word that begins there; one character at least, none at the end of the text. */
function wordEnd(expr: string, from: number): number {
  const word = /^[\w:$]+/.exec(expr.slice(from))?.[0].length ?? 1;
  return Math.min(expr.length, from + word);
}

/** Without the place, which the reader sees, and the name of the request's parameter. */
function plainMessage(message: string): string {
  return message.replace(/^invalid parameter "query": /, "").replace(/^\d+:\d+: (?:parse error: )?/, "");
}
