/** One series as a line of a legend or tooltip: how it is drawn, its name, and a value. */
import type { JSX } from "preact";
import { formatQuantity, type PanelUnit } from "../../format/quantity.ts";
import { darkTheme } from "../../state/preferences.ts";
import { seriesStyle } from "../palette.ts";
import type { Line } from "./lines.ts";

interface Props {
  readonly line: Line;
  readonly value: number | null;
  readonly unit: PanelUnit;
  readonly stacked: boolean;
}

export function SeriesItem({ line, value, unit, stacked }: Props): JSX.Element {
  const { color, dash } = seriesStyle(line.slot, { dark: darkTheme.value, stacked });
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
