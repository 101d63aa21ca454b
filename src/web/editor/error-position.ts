/** Where in an expression a parser's complaint points. */

/** Index of the character that `line:column: …` names (both from 1, as Prometheus counts); `null` when the text names none. */
export function errorPosition(message: string, expr: string): number | null {
  const match = /(?:^|\s)(\d+):(\d+)(?::|\s|$)/.exec(message);
  if (match === null) return null;
  const line = Number(match[1]);
  const column = Number(match[2]);
  const lines = expr.split("\n");
  if (line < 1 || line > lines.length || column < 1) return null;
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  return Math.min(before + column - 1, expr.length);
}
