/** Whether an expression can begin with the next token: Prometheus's grammar decides with it what a missing one is called. */
import type { TokenCursor } from "./cursor.ts";

/** Keywords that may name neither a metric nor anything else that an expression begins with. */
const reservedWords: ReadonlySet<string> = new Set(["bool", "on", "ignoring", "group_left", "group_right", "atan2"]);

/** Takes nothing. */
export function beginsExpression(cursor: TokenCursor): boolean {
  const { kind, text } = cursor.peek();
  if (kind === "operator") return ["(", "{", "+", "-"].includes(text);
  return kind !== "end" && kind !== "error" && !(kind === "keyword" && reservedWords.has(text.toLowerCase()));
}
