/** A trace of any kind as an indented tree: who called whom, for how long, and which spans the whole had to wait for. */
import type { PathPiece } from "../../core/trace/critical-path.ts";
import { spanTree } from "../../core/trace/span-tree.ts";
import { durationText } from "../../core/trace/time-words.ts";
import { type SpanColumns, spanFlags } from "../../core/span-columns.ts";
import { cell, type Look, painted } from "./sheet.ts";

/** As many as one scrolls through; the dashboard has them all. */
const rowsMax = 200;
const durationWidth = 9;
/** Below this a bar tells nothing. */
const barWidthMin = 12;
const depthMax = 12;

/** Lines with their ends. `path` is the critical path of these columns. */
export function drawTree(columns: SpanColumns, path: readonly PathPiece[], look: Look): string {
  const count = columns.startMs.length;
  const wholeMs = endOf(columns);
  const pieces = Map.groupBy(path, ({ row }) => row);
  const nameWidth = Math.min(56, Math.max(20, Math.floor(look.width * 0.5)));
  const barWidth = look.width - nameWidth - durationWidth - 4;
  const hasBars = barWidth >= barWidthMin;
  const lines = treeRows(columns).map(({ row, branch }) => {
    const duration = columns.durationMs[row] ?? 0;
    const failed = ((columns.flags[row] ?? 0) & spanFlags.failed) !== 0;
    const own = pieces.get(row) ?? [];
    const name = cell(branch + nameOf(columns, row) + (failed ? " ×" : ""), nameWidth);
    const bar = hasBars ? barOf({ columns, row, own, wholeMs, width: barWidth }) : "";
    const shown = failed ? painted(name, "red", look) : own.length > 0 ? painted(name, "bold", look) : name;
    return `${shown}  ${cell(durationText(duration), durationWidth, "right")}  ${bar}`.trimEnd();
  });
  const left = count - lines.length;
  return [
    ...lines,
    ...(left > 0 ? [`… and ${left.toLocaleString("en")} more spans`] : []),
    "",
    painted(`${hasBars ? "█ on the critical path  ░ elsewhere  " : ""}× failed`, "dim", look),
    "",
  ].join("\n");
}

function endOf({ startMs, durationMs }: SpanColumns): number {
  return startMs.reduce((end, start, row) => Math.max(end, start + (durationMs[row] ?? 0)), 0);
}

/** The name, and whose it is where that is another's than the caller's. */
function nameOf({ operations, operation, nodes, node, parent, flags }: SpanColumns, row: number): string {
  const { service = "", name = "" } = operations[operation[row] ?? -1] ?? {};
  const caller = parent[row] ?? -1;
  const isSame = caller >= 0 && operations[operation[caller] ?? -1]?.service === service && node[caller] === node[row];
  const place = nodes[node[row] ?? -1] ?? "";
  const whose = isSame ? "" : ` · ${service}${place === "" ? "" : ` on ${place}`}`;
  const orphan = ((flags[row] ?? 0) & spanFlags.orphan) === 0 ? "" : " (its parent has not come)";
  return (name === "" ? "(no name)" : name) + whose + orphan;
}

interface TreeRow {
  readonly row: number;
  /** The lines that lead to it: `│ ├ `. */
  readonly branch: string;
}

/** Rows as a tree is read, each below its parent; of brothers the earlier one first. */
function treeRows(columns: SpanColumns): readonly TreeRow[] {
  const { roots, children, first } = spanTree(columns);
  const rows: TreeRow[] = [];
  // A stack and not recursion: a chain of spans may be as long as the trace.
  const waiting = roots.map((row) => ({ row, branch: "", below: "", depth: 0 })).reverse();
  for (let next = waiting.pop(); next !== undefined && rows.length < rowsMax; next = waiting.pop()) {
    const { row, branch, below, depth } = next;
    rows.push({ row, branch });
    const brothers = children.subarray(first[row], first[row + 1]);
    // Deeper ones stay where they are, so that names keep their room.
    const isDeep = depth >= depthMax;
    for (let index = brothers.length - 1; index >= 0; index--) {
      const isLast = index === brothers.length - 1;
      waiting.push({
        row: brothers[index] ?? 0,
        branch: isDeep ? branch : `${below}${isLast ? "└ " : "├ "}`,
        below: isDeep ? below : `${below}${isLast ? "  " : "│ "}`,
        depth: depth + 1,
      });
    }
  }
  return rows;
}

interface BarWish {
  readonly columns: SpanColumns;
  readonly row: number;
  /** The row's pieces of the critical path. */
  readonly own: readonly PathPiece[];
  readonly wholeMs: number;
  readonly width: number;
}

/** One character per cell of time that the span touches; a span that is shorter than a cell has one. */
function barOf({ columns, row, own, wholeMs, width }: BarWish): string {
  const cellMs = wholeMs <= 0 ? 1 : wholeMs / width;
  const start = columns.startMs[row] ?? 0;
  const end = start + Math.max(0, columns.durationMs[row] ?? 0);
  const first = Math.min(width - 1, Math.floor(start / cellMs));
  const last = Math.min(width - 1, Math.max(first, Math.ceil(end / cellMs) - 1));
  // A cell shows what is in its middle; of a bar of one cell, whether it is on the path at all.
  const isCritical = (at: number): boolean =>
    own.some(({ fromMs, toMs }) => first === last || (fromMs <= (at + 0.5) * cellMs && (at + 0.5) * cellMs < toMs));
  const cells = Array.from({ length: last - first + 1 }, (_, index) => (isCritical(first + index) ? "█" : "░"));
  return " ".repeat(first) + cells.join("");
}
