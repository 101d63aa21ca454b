/** One row per validator, time to the right: a low line while its attestations are included, a full block while they are missed. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { chainList } from "../../data/chain-declared.ts";
import { drawnWindow } from "../../data/query-board.ts";
import { quantityText } from "../../format/quantity.ts";
import { CopyMenu } from "../../parts/copy-menu.tsx";
import { darkTheme } from "../../state/preferences.ts";
import { queueDraw } from "../../views/draw-queue.ts";
import { useQueries } from "../../views/time-series/use-queries.ts";
import { useNearViewport } from "../../views/use-near-viewport.ts";
import { dutyRows, type DutyRow } from "./duty-rows.ts";

/** More rows than this nobody reads; those with most misses stay. */
const rowsShown = 32;
const rowHeightPx = 14;

export function DutyStrip(): JSX.Element {
  const list = chainList("validators");
  const expr = list?.fields.find(({ name }) => name === "attesting")?.expr ?? null;
  if (list === undefined || expr === null) return <></>;
  return <Strip expr={expr} label={list.key.label} />;
}

function Strip({ expr, label }: { readonly expr: string; readonly label: string }): JSX.Element {
  const { ref, near } = useNearViewport();
  const rows = useSignal<readonly DutyRow[]>([]);
  /** What stands in the place of rows. */
  const note = useSignal("Loading …");
  const canvases = useRef(new Map<string, HTMLCanvasElement>());
  const paint = (): void => {
    const query = queries.current[0];
    const table = query?.table ?? null;
    note.value = query?.error ?? note.value;
    if (table === null) return;
    rows.value = dutyRows(table, drawnWindow.peek().toMs);
    note.value = rows.value.length === 0 ? "No validator has series of its own in this window." : "";
    // The canvases of new rows exist after the next render.
    queueMicrotask(() => {
      for (const row of rows.value.slice(0, rowsShown)) {
        const canvas = canvases.current.get(keyOf(row));
        if (canvas !== undefined) paintRow(canvas, row);
      }
    });
  };
  const queries = useQueries([expr], near, () => queueDraw(paint));
  useSignalEffect(() => {
    void darkTheme.value;
    queueDraw(paint);
  });
  const rest = rows.value.length - rowsShown;
  return (
    <section class="panel panel-wide" aria-label="Attestations by validator">
      <header class="panel-head">
        <h3>Attestations by validator</h3>
        <span class="spacer" />
        <CopyMenu exprs={[expr]} />
      </header>
      <p class="panel-help">
        What became of the newest attestation, one in each epoch: a low line where it was included, a full block where it was
        missed; and for which share of the time it was a missed one. Those with most misses come first.
      </p>
      <div ref={ref}>
        {note.value === "" ? null : <p class="series-note">{note.value}</p>}
        <div class="heat">
          {rows.value.slice(0, rowsShown).map((row) => {
            const [key, missed] = [keyOf(row), quantityText(row.missedShare, "ratio")];
            return [
              <span key={`${key} name`} class="dim">
                Validator {row.labels[label]}
              </span>,
              <canvas
                key={key}
                height={rowHeightPx}
                role="img"
                aria-label={`Validator ${row.labels[label] ?? ""}: missed for ${missed} of the time`}
                ref={(element) => {
                  if (element !== null) canvases.current.set(key, element);
                }}
              />,
              <span key={`${key} value`} class={row.missedShare === 0 ? "dim number" : "error-text number"}>
                {missed}
              </span>,
            ];
          })}
        </div>
        {rest <= 0 ? null : <p class="series-note">{rest} more, with fewer misses</p>}
      </div>
    </section>
  );
}

function keyOf({ labels }: DutyRow): string {
  return Object.values(labels).join(" ");
}

function paintRow(canvas: HTMLCanvasElement, { runs }: DutyRow): void {
  const context = canvas.getContext("2d");
  const width = canvas.clientWidth;
  if (context === null || width === 0) return;
  canvas.width = width * devicePixelRatio;
  canvas.height = rowHeightPx * devicePixelRatio;
  const style = getComputedStyle(canvas);
  const [hit, miss] = [style.getPropertyValue("--status-ok"), style.getPropertyValue("--status-critical")];
  const { fromMs, toMs } = drawnWindow.peek();
  const scale = canvas.width / (toMs - fromMs);
  for (const run of runs) {
    const [left, length] = [(run.fromMs - fromMs) * scale, (run.toMs - run.fromMs) * scale];
    context.fillStyle = run.done ? hit : miss;
    const height = run.done ? canvas.height / 4 : canvas.height;
    // A missed attestation is never so short that it is not seen.
    context.fillRect(left, canvas.height - height, run.done ? length : Math.max(length, 2), height);
  }
}
