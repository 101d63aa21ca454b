/** Data for stdout: JSON, tables and sparklines. Text from outside is made harmless for a terminal first. */
import type { Environment } from "../io/config-file.ts";
import { escapeText } from "../io/log-format.ts";
import type { Output } from "./command.ts";

/** Whether colours may be used there. Source: no-color.org ("when present and not an empty string"), and TERM=dumb. */
export function hasColour(output: Output, env: Environment): boolean {
  return output.isTTY && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/** Two-space JSON with a line end. */
export function printJson(stdout: Output, value: unknown): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Left-aligned columns, two spaces apart; the first row is the heading. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const safe = rows.map((row) => row.map(escapeText));
  const widths: number[] = [];
  for (const row of safe)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return safe
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Block elements U+2581–2588: eighths of a line's height. */
const blocks = "▁▂▃▄▅▆▇█";

/** One character per value, from the smallest to the largest of them; a gap (`null`) is a space. */
export function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  const height = (value: number): number => (span === 0 ? 0 : Math.round(((value - low) / span) * (blocks.length - 1)));
  return values.map((value) => (value === null ? " " : blocks[height(value)])).join("");
}
