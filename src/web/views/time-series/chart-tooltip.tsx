/** The values under the crosshair, beside it: so that the eye need not go to the legend and back. */
import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { zone } from "../../data/server.ts";
import type { PanelUnit } from "../../format/quantity.ts";
import { dateTime } from "../../format/time.ts";
import type { ChartFrame } from "./chart-frame.ts";
import { SeriesItem } from "./series-item.tsx";

interface Props {
  readonly frame: ReadonlySignal<ChartFrame | null>;
  readonly unit: PanelUnit;
  readonly stacked: boolean;
}

/** Distance from the crosshair, px. */
const gapPx = 12;

/** Hidden from screen readers: the legend has the same values, and is no picture. */
export function ChartTooltip({ frame, unit, stacked }: Props): JSX.Element {
  const now = frame.value;
  if (now === null || now.pointed === null || now.crosshair === null) return <></>;
  const { lines, data, pointed, crosshair, event } = now;
  const { leftPx, widthPx } = crosshair;
  // On the side with more room, so that it covers neither the crosshair nor the page's edge.
  const place = leftPx < widthPx / 2 ? { left: `${leftPx + gapPx}px` } : { right: `${widthPx - leftPx + gapPx}px` };
  return (
    <div class="chart-tooltip" style={place} aria-hidden="true">
      <p class="dim">{dateTime(data.timesMs[pointed] ?? 0, zone.value)}</p>
      {event === null ? null : <p>{event.title}</p>}
      <ul>
        {lines.map((line, index) => (
          <SeriesItem key={line.key} line={line} value={data.values[index]?.[pointed] ?? null} unit={unit} stacked={stacked} />
        ))}
      </ul>
    </div>
  );
}
