/**
 * The critical path of a trace: at each time the one span that its end waited for. Had that span been faster there, the whole would have been.
 *
 *     root     ████████████████████████████████      path, read backwards from the end:
 *       a        ├──────────┤                        root until c ends, c, root until b ends, b,
 *       b          ├─────────────┤                   root until its begin. a ended while b ran: nobody waited for it.
 *       c                            ├────┤
 *
 * Source: CRISP (Zhang et al., USENIX ATC '22, §3): from a span's end back, the child that finishes last, and after that one the child that
 * finishes last before its begin. Jaeger's critical path is the same walk (jaeger-ui, CriticalPath/index.tsx); from there: a child that
 * outlives its parent counts until the parent's end. What they do not say: several spans without a parent are each a tree, and of those
 * that run at a time the path goes through the one that began first; time of no tree belongs to no piece. And a transaction's execution is
 * measured by running it once more, after it was there: nothing waits for that, so it is passed over.
 */
import { flowSpans } from "../flow-names.ts";
import type { SpanColumns } from "../span-columns.ts";
import { type SpanTree, spanTree } from "./span-tree.ts";

/** The path is in this span, by itself, at fromMs ≤ time < toMs; as the columns' times. */
export interface PathPiece {
  readonly row: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** In the order of time; no two overlap. `startMs`: instead of the columns' own, where clocks were corrected. */
export function criticalPath(columns: SpanColumns, startMs: Float64Array = columns.startMs): readonly PathPiece[] {
  const walk = new Walk(columns, startMs);
  for (const { row, fromMs, toMs } of rootsAlongTime(walk)) walk.through(row, fromMs, toMs);
  return walk.pieces();
}

class Walk {
  /** Its lists of children are put in order as they are come to. */
  readonly tree: SpanTree;
  readonly #columns: SpanColumns;
  readonly #startMs: Float64Array;
  /** Of executions, as `operation` says them. */
  readonly #executions: ReadonlySet<number>;
  /**
   * The spans that the walk is in, the innermost last. A stack of its own, because a trace may be as deep as it is long; in columns, because
   * as many objects would take several times as long.
   */
  readonly #row: Int32Array;
  /** What of the span is looked at, and up to where nothing is told yet. */
  readonly #fromMs: Float64Array;
  readonly #toMs: Float64Array;
  /** Place of its next child, those that end last first. */
  readonly #next: Int32Array;
  /** 1: no child was found yet that its end waited for. */
  readonly #isAtEnd: Uint8Array;
  /** Pieces, from the end backwards: a span is entered once at most, and so often one is told before it and one behind. */
  readonly #told: { readonly row: Int32Array; readonly fromMs: Float64Array; readonly toMs: Float64Array };
  #toldCount = 0;

  constructor(columns: SpanColumns, startMs: Float64Array) {
    const rows = columns.parent.length;
    this.tree = spanTree(columns);
    this.#columns = columns;
    this.#startMs = startMs;
    this.#executions = new Set(columns.operations.flatMap(({ name }, place) => (name === flowSpans.execute ? [place] : [])));
    this.#row = new Int32Array(rows);
    this.#fromMs = new Float64Array(rows);
    this.#toMs = new Float64Array(rows);
    this.#next = new Int32Array(rows);
    this.#isAtEnd = new Uint8Array(rows);
    this.#told = { row: new Int32Array(2 * rows), fromMs: new Float64Array(2 * rows), toMs: new Float64Array(2 * rows) };
  }

  startOf(row: number): number {
    return this.#startMs[row] ?? 0;
  }

  /** A span that ends before it begins has taken no time. */
  endOf(row: number): number {
    return this.startOf(row) + Math.max(0, this.#columns.durationMs[row] ?? 0);
  }

  /** For `sort`: what ends last comes first. */
  readonly byEnd = (one: number, other: number): number => this.endOf(other) - this.endOf(one);

  pieces(): readonly PathPiece[] {
    const { row, fromMs, toMs } = this.#told;
    return Array.from({ length: this.#toldCount }, (_, index) => {
      const at = this.#toldCount - 1 - index;
      return { row: row[at] ?? 0, fromMs: fromMs[at] ?? 0, toMs: toMs[at] ?? 0 };
    });
  }

  through(root: number, fromMs: number, toMs: number): void {
    this.#enter(0, root, fromMs, toMs);
    for (let depth = 0; depth >= 0;) {
      const row = this.#row[depth] ?? 0;
      const upToMs = this.#toMs[depth] ?? 0;
      const sinceMs = this.#fromMs[depth] ?? 0;
      const child = this.#lastToFinish(depth);
      if (child === null) {
        this.#tell(row, sinceMs, upToMs);
        depth--;
        continue;
      }
      const childFromMs = Math.max(this.startOf(child), sinceMs);
      const childToMs = Math.min(this.endOf(child), upToMs);
      this.#tell(row, childToMs, upToMs);
      this.#toMs[depth] = childFromMs;
      this.#enter(++depth, child, childFromMs, childToMs);
    }
  }

  #enter(depth: number, row: number, fromMs: number, toMs: number): void {
    const { first, children } = this.tree;
    const from = first[row] ?? 0;
    const to = first[row + 1] ?? 0;
    if (to - from > 1) children.subarray(from, to).sort(this.byEnd);
    this.#row[depth] = row;
    this.#fromMs[depth] = fromMs;
    this.#toMs[depth] = toMs;
    this.#next[depth] = from;
    this.#isAtEnd[depth] = 1;
  }

  /** The next child that ended before what has been told; at the span's own end, also one that goes on. */
  #lastToFinish(depth: number): number | null {
    const { first, children } = this.tree;
    const end = first[(this.#row[depth] ?? 0) + 1] ?? 0;
    const fromMs = this.#fromMs[depth] ?? 0;
    const toMs = this.#toMs[depth] ?? 0;
    for (let place = this.#next[depth] ?? 0; place < end; place++) {
      const child = children[place] ?? 0;
      const hasFinished = this.#isAtEnd[depth] === 1 || this.endOf(child) <= toMs;
      if (!hasFinished || this.startOf(child) >= toMs || this.endOf(child) <= fromMs || this.#isRunOnceMore(child)) continue;
      this.#next[depth] = place + 1;
      this.#isAtEnd[depth] = 0;
      return child;
    }
    this.#next[depth] = end;
    return null;
  }

  #isRunOnceMore(row: number): boolean {
    const { operation, operations, parent } = this.#columns;
    if (!this.#executions.has(operation[row] ?? 0)) return false;
    // Somebody else may call a span so.
    return operations[operation[parent[row] ?? 0] ?? 0]?.name === flowSpans.transaction;
  }

  #tell(row: number, fromMs: number, toMs: number): void {
    if (toMs <= fromMs) return;
    const told = this.#told;
    const last = this.#toldCount - 1;
    if (last >= 0 && told.row[last] === row && told.fromMs[last] === toMs) {
      told.fromMs[last] = fromMs;
      return;
    }
    told.row[last + 1] = row;
    told.fromMs[last + 1] = fromMs;
    told.toMs[last + 1] = toMs;
    this.#toldCount++;
  }
}

/** Which tree the path is in, from the end of the trace backwards. */
function* rootsAlongTime(walk: Walk): Generator<PathPiece> {
  const roots = walk.tree.roots.toSorted(walk.byEnd);
  let toMs = Infinity;
  let next = 0;
  /** Of those that ended at `toMs` or later, the one that began first. */
  let earliest: number | null = null;
  while (true) {
    for (let row = roots[next]; row !== undefined && walk.endOf(row) >= toMs; row = roots[++next]) {
      if (earliest === null || walk.startOf(row) < walk.startOf(earliest)) earliest = row;
    }
    if (earliest !== null && walk.startOf(earliest) < toMs) {
      const fromMs = walk.startOf(earliest);
      yield { row: earliest, fromMs, toMs };
      toMs = fromMs;
      continue;
    }
    const later = roots[next];
    if (later === undefined) return;
    toMs = walk.endOf(later);
  }
}
