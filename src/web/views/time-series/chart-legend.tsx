/** The legend under a chart: each series' name and its value now, or under the crosshair. */
import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { zone } from "../../data/server.ts";
import { formatQuantity, type PanelUnit } from "../../format/quantity.ts";
import { dateTime } from "../../format/time.ts";
import { darkTheme } from "../../state/preferences.ts";
import { seriesStyle } from "../palette.ts";
import { newestRow, type ChartFrame } from "./chart-frame.ts";
import type { Line } from "./lines.ts";

interface Props {
  readonly frame: ReadonlySignal<ChartFrame | null>;
  readonly unit: PanelUnit;
  readonly stacked: boolean;
}

/** Redraws by itself when the values change; the chart around it does not. */
export function ChartLegend({ frame, unit, stacked }: Props): JSX.Element {
  const now = frame.value;
  if (now === null) return <div class="legend" />;
  const { lines, hidden, data, pointed, event } = now;
  const row = pointed ?? newestRow(data);
  const timeMs = pointed === null ? undefined : data.timesMs[pointed];
  return (
    <div class="legend">
      <ul>
        {lines.map((line, index) => (
          <LegendItem
            key={line.key}
            line={line}
            index={index}
            value={data.values[index]?.[row] ?? null}
            unit={unit}
            stacked={stacked}
          />
        ))}
        {hidden > 0 ? <li class="legend-rest">+ {hidden} smaller, not drawn</li> : null}
      </ul>
      <p class="legend-time">
        {event === null ? null : <span class="legend-event">{event.title} · </span>}
        {timeMs === undefined ? null : dateTime(timeMs, zone.value)}
      </p>
    </div>
  );
}

interface ItemProps {
  readonly line: Line;
  readonly index: number;
  readonly value: number | null;
  readonly unit: PanelUnit;
  readonly stacked: boolean;
}

function LegendItem({ line, index, value, unit, stacked }: ItemProps): JSX.Element {
  const { color, dash } = seriesStyle(index, { dark: darkTheme.value, stacked });
  const quantity = formatQuantity(value, unit);
  return (
    <li>
      <svg class="legend-key" width="14" height="8" aria-hidden="true">
        <line
          x1="0"
          y1="4"
          x2="14"
          y2="4"
          stroke={color}
          stroke-width="3"
          stroke-dasharray={dash.length === 0 ? "none" : "4 2"}
        />
      </svg>
      <span class="legend-name" title={line.name}>
        {line.name}
      </span>
      <span class="quantity">
        {quantity.text}
        <small>{quantity.unit}</small>
      </span>
    </li>
  );
}
