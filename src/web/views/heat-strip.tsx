/** One row per series, time to the right, strength of the colour for the value: which core works, and since when. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { currentRow } from "../data/current-row.ts";
import { drawnWindow, oldestCurrentMs } from "../data/query-board.ts";
import type { Column, QueryTable } from "../data/query-table.ts";
import { quantityText, type PanelUnit } from "../format/quantity.ts";
import { CopyMenu } from "../parts/copy-menu.tsx";
import { darkTheme } from "../state/preferences.ts";
import { queueDraw } from "./draw-queue.ts";
import { useQueries } from "./time-series/use-queries.ts";
import { useNearViewport } from "./use-near-viewport.ts";

interface Props {
  readonly title: string;
  readonly expr: string;
  /** Label that names the rows, and the word before it. */
  readonly label: string;
  readonly word: string;
  readonly unit: PanelUnit;
  /** The value of full strength. */
  readonly max: number;
}

/** More rows than this are a texture, not a chart; the busiest stay. */
const maxRows = 64;
const rowHeightPx = 16;

interface Row {
  readonly name: string;
  readonly column: Column;
  /** The value of now. */
  readonly value: number | null;
}

export function HeatStrip({ title, expr, label, word, unit, max }: Props): JSX.Element {
  const { ref, near } = useNearViewport();
  const rows = useSignal<readonly Row[]>([]);
  /** What stands in the place of rows. */
  const note = useSignal("Loading …");
  const canvases = useRef(new Map<string, HTMLCanvasElement>());
  const paint = (): void => {
    const query = queries.current[0];
    const table = query?.table ?? null;
    if (query?.error !== undefined && query.error !== null) note.value = query.error;
    if (table === null) return;
    rows.value = rowsOf(table, label);
    note.value = rows.value.length === 0 ? "No samples in this window." : "";
    // The canvases of new rows exist after the next render.
    queueMicrotask(() => {
      for (const row of rows.value) {
        const canvas = canvases.current.get(row.name);
        if (canvas !== undefined) paintRow(canvas, table.timesMs, row.column, max);
      }
    });
  };
  const queries = useQueries([expr], near, () => queueDraw(paint));
  useSignalEffect(() => {
    void darkTheme.value;
    queueDraw(paint);
  });
  return (
    <section class="panel panel-wide" aria-label={title}>
      <header class="panel-head">
        <h3>{title}</h3>
        <span class="spacer" />
        <CopyMenu exprs={[expr]} />
      </header>
      <div ref={ref}>
        {note.value === "" ? null : <p class="series-note">{note.value}</p>}
        <div class="heat">
          {rows.value.map((row) => [
            <span key={`${row.name} name`} class="dim">
              {word} {row.name}
            </span>,
            <canvas
              key={row.name}
              height={rowHeightPx}
              role="img"
              aria-label={`${word} ${row.name}: ${quantityText(row.value, unit)}`}
              ref={(element) => {
                if (element !== null) canvases.current.set(row.name, element);
              }}
            />,
            <span key={`${row.name} value`} class="quantity number">
              {quantityText(row.value, unit)}
            </span>,
          ])}
        </div>
      </div>
    </section>
  );
}

function rowsOf(table: QueryTable, label: string): Row[] {
  const oldestMs = oldestCurrentMs();
  const named = table.labels.map((labels, index) => {
    const column = table.columns[index] ?? [];
    return { name: labels[label] ?? "", column, value: column[currentRow(table.timesMs, column, oldestMs)] ?? null };
  });
  const shown = named.length <= maxRows ? named : named.toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0)).slice(0, maxRows);
  return shown.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

function paintRow(canvas: HTMLCanvasElement, timesMs: readonly number[], column: Column, max: number): void {
  const context = canvas.getContext("2d");
  const width = canvas.clientWidth;
  if (context === null || width === 0) return;
  canvas.width = width * devicePixelRatio;
  canvas.height = rowHeightPx * devicePixelRatio;
  const style = getComputedStyle(canvas);
  context.fillStyle = style.getPropertyValue("--hover");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = style.getPropertyValue("--accent");
  const { fromMs, toMs } = drawnWindow.value;
  const scale = canvas.width / (toMs - fromMs);
  for (const [index, value] of column.entries()) {
    const startMs = timesMs[index] ?? 0;
    const next = timesMs[index + 1] ?? toMs;
    if (value === null) continue;
    context.globalAlpha = Math.min(1, Math.max(0, value / max));
    // One device pixel of overlap hides the seams between cells.
    context.fillRect((startMs - fromMs) * scale, 0, (next - startMs) * scale + 1, canvas.height);
  }
  context.globalAlpha = 1;
}
