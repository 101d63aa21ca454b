/** The picture of an answer, whatever it is of. */
import { escapeText } from "../../io/log-format.ts";
import { criticalPath } from "../../core/trace/critical-path.ts";
import { drawFlow } from "./draw-flow.ts";
import { drawTree } from "./draw-tree.ts";
import type { Look } from "./sheet.ts";
import type { TraceAnswer } from "./trace-answer.ts";

/** Lines with their ends. `nowMs`: by the server's clock. */
export function drawAnswer({ flow, columns, warnings }: TraceAnswer, nowMs: number, look: Look): string {
  const notes = warnings.map((warning) => `${escapeText(warning)}\n`).join("");
  if (flow !== null) return notes + drawFlow(flow, nowMs, look);
  return columns === null ? notes : notes + drawTree(columns, criticalPath(columns), look);
}
