/** What colours and signs of a trace's pictures mean. */
import type { JSX } from "preact";
import { cleanText } from "../../../core/clean-text.ts";
import { correctionBases } from "../../../core/trace/clock-correction.ts";
import { measuredText } from "../../../core/trace/time-words.ts";
import { darkTheme } from "../../state/preferences.ts";
import { serviceColor } from "./canvas-ink.ts";
import type { TraceModel } from "./trace-model.ts";

/** More are named in the rows. */
const servicesMax = 16;

export function TraceLegend({ model, hasPath }: { readonly model: TraceModel; readonly hasPath: boolean }): JSX.Element {
  const { services } = model;
  const rest = services.length - servicesMax;
  const bases = new Set(model.corrected?.basis);
  return (
    <div class="legend trace-legend">
      <ul>
        {services.slice(0, servicesMax).map((service, index) => (
          <li key={service}>
            <svg class="legend-key" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" fill={serviceColor(index, darkTheme.value)} />
            </svg>
            {cleanText(service, 40) || "(no service)"}
          </li>
        ))}
        {rest > 0 ? <li class="dim">and {rest} more services</li> : null}
        {hasPath ? <li>▁ critical path</li> : null}
        {model.byStart.some((row) => model.failed(row) === 1) ? <li class="error-text">▲ failed</li> : null}
        {bases.has(correctionBases.indexOf("offset")) ? (
          <li>├─┤ the begin may be wrong by this: another node's clock</li>
        ) : null}
        {bases.has(correctionBases.indexOf("causality")) ? <li>≈ moved so that its parent may have caused it</li> : null}
      </ul>
    </div>
  );
}

/** A node's clock as the head of its lane says it. */
export function clockText({ columns, corrected }: TraceModel, node: number): string {
  const name = cleanText(columns.nodes[node] ?? "", 80) || "No node said";
  const row =
    corrected === null
      ? -1
      : columns.node.findIndex((of, at) => of === node && corrected.basis[at] === correctionBases.indexOf("offset"));
  if (corrected === null || row === -1 || columns.nodes[node] === "") return name;
  const [shiftMs = 0, errorMs = Number.NaN] = [corrected.shiftMs[row], corrected.errorMs[row]];
  if (shiftMs === 0 && errorMs === 0) return `${name} · the clock of this page`;
  return `${name} · clock ${shiftMs > 0 ? "behind" : "ahead"} by ${measuredText(Math.abs(shiftMs), errorMs)}, corrected`;
}
