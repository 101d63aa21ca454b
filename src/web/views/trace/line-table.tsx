/** The lines of a waterfall as a table, for those who do not see the picture: the same spans in the same order. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { cleanText } from "../../../core/clean-text.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import { rowOfLine, selectRow, type WaterfallState } from "./waterfall-state.ts";

/** Rows that a table can have and still scroll. */
const rowsMax = 1000;
const indentPx = 14;
const indentsMax = 16;

interface Props {
  readonly state: WaterfallState;
  /** Words of a group's head. */
  readonly headText: (group: number) => string;
  /** A span was chosen. */
  readonly onChosen: () => void;
}

export function LineTable({ state, headText, onChosen }: Props): JSX.Element {
  const from = useSignal(0);
  const lines = state.lines.value;
  const first = Math.min(from.value, Math.max(0, lines.length - 1));
  return (
    <>
      <div class="table-scroll list-scroll" tabIndex={0} role="region" aria-label="Spans">
        <table class="table table-dense">
          <thead>
            <tr>
              <th scope="col">Span</th>
              <th scope="col">Service</th>
              <th scope="col">Node</th>
              <th scope="col" class="number">
                Begins after
              </th>
              <th scope="col" class="number">
                Duration
              </th>
              <th scope="col">Status</th>
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: Math.min(rowsMax, lines.length - first) }, (_, at) => (
              <Line key={first + at} state={state} line={first + at} headText={headText} onChosen={onChosen} />
            ))}
          </tbody>
        </table>
      </div>
      <nav class="pager" aria-label="Pages of this list">
        <span class="dim" role="status">
          {lines.length === 0
            ? "No span has a line"
            : `${first + 1} to ${Math.min(lines.length, first + rowsMax)} of ${lines.length.toLocaleString("en")}`}
        </span>
        <button type="button" class="button" disabled={first === 0} onClick={() => (from.value = first - rowsMax)}>
          Before
        </button>
        <button
          type="button"
          class="button"
          disabled={first + rowsMax >= lines.length}
          onClick={() => (from.value = first + rowsMax)}
        >
          Next
        </button>
      </nav>
    </>
  );
}

function Line({ state, line, headText, onChosen }: Props & { readonly line: number }): JSX.Element {
  const row = rowOfLine(state, line);
  if (row === -1)
    return (
      <tr>
        <th scope="rowgroup" colSpan={6}>
          {headText(-1 - (state.lines.value[line] ?? -1))}
        </th>
      </tr>
    );
  const { columns, starts, times, failed } = state.model.value;
  const { service = "", name = "" } = columns.operations[columns.operation[row] ?? 0] ?? {};
  const { walk } = state.grouped.value;
  const depth = walk.depth[walk.placeOf[row] ?? 0] ?? 0;
  return (
    <tr aria-selected={state.selected.value === row}>
      <th scope="row" class="clip" style={{ paddingLeft: `${12 + indentPx * Math.min(depth, indentsMax)}px` }}>
        <button
          type="button"
          class="link-button"
          aria-label={`${cleanText(name)}, level ${depth + 1}`}
          onClick={() => {
            selectRow(state, row);
            onChosen();
          }}
        >
          {cleanText(name) || "(no name)"}
        </button>
      </th>
      <td class="clip">{cleanText(service)}</td>
      <td class="clip">{cleanText(columns.nodes[columns.node[row] ?? 0] ?? "")}</td>
      <td class="number">{times.outside[row] === 1 ? "outside" : durationText((starts[row] ?? 0) - times.fromMs)}</td>
      <td class="number">{durationText(columns.durationMs[row] ?? 0)}</td>
      <td>{failed(row) === 1 ? "failed" : ""}</td>
    </tr>
  );
}
