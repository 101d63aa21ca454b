/** The legend under a chart: each series' name and its value now, or under the crosshair. */
import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { oldestCurrentMs } from "../../data/query-board.ts";
import { zone } from "../../data/server.ts";
import type { PanelUnit } from "../../format/quantity.ts";
import { dateTime } from "../../format/time.ts";
import { newestRow, type ChartFrame } from "./chart-frame.ts";
import type { Line } from "./lines.ts";
import { SeriesItem } from "./series-item.tsx";

interface Props {
  readonly frame: ReadonlySignal<ChartFrame | null>;
  readonly unit: PanelUnit;
  readonly stacked: boolean;
}

/** Redraws by itself when the values change; the chart around it does not. */
export function ChartLegend({ frame, unit, stacked }: Props): JSX.Element {
  const now = frame.value;
  if (now === null) return <div class="legend" />;
  const { lines, idle, hidden, data, pointed, event } = now;
  const row = pointed ?? newestRow(data, oldestCurrentMs());
  const timeMs = pointed === null ? undefined : data.timesMs[pointed];
  return (
    <div class="legend">
      <ul>
        {lines.map((line, index) => (
          <SeriesItem
            key={line.key}
            line={line}
            value={row === null ? null : (data.values[index]?.[row] ?? null)}
            unit={unit}
            stacked={stacked}
          />
        ))}
        {idle.length > 0 ? <IdleNote idle={idle} /> : null}
        {hidden > 0 ? <li class="legend-rest">+ {hidden} smaller, not drawn</li> : null}
      </ul>
      <p class="legend-time">
        {event === null ? null : <span class="legend-event">{event.title} · </span>}
        {timeMs === undefined ? null : dateTime(timeMs, zone.value)}
      </p>
    </div>
  );
}

/** Up to three by name; a longer list only by its count, with the names on hover. */
function IdleNote({ idle }: { readonly idle: readonly Line[] }): JSX.Element {
  const names = idle.map((line) => line.name).join(", ");
  return (
    <li class="legend-rest" title={names}>
      {idle.length <= 3 ? `always 0: ${names}` : `+ ${idle.length}, always 0`}
    </li>
  );
}
