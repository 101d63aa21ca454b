/** A chart's values as a table, newest first, for those who cannot see the chart or want the numbers. */
import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { zone } from "../../data/server.ts";
import { quantityText, type PanelUnit } from "../../format/quantity.ts";
import { clockTime, dateTime } from "../../format/time.ts";
import type { ChartFrame } from "./chart-frame.ts";

interface Props {
  readonly frame: ReadonlySignal<ChartFrame | null>;
  readonly unit: PanelUnit;
  readonly height: number;
}

/** More rows than this nobody reads on a page; the range narrows them. */
const maxRows = 300;

/** Follows the ticks as the chart does. */
export function SeriesTable({ frame, unit, height }: Props): JSX.Element {
  if (frame.value === null) return <></>;
  const { lines, data } = frame.value;
  const rows = data.timesMs
    .map((_, index) => index)
    .slice(-maxRows)
    .toReversed();
  return (
    <div class="table-scroll" style={{ maxHeight: `${Math.max(height, 180)}px` }} tabIndex={0}>
      <table class="table table-dense">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map((line) => (
              <th key={line.key} scope="col" class="number">
                {line.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const ms = data.timesMs[row] ?? 0;
            return (
              <tr key={ms}>
                <th scope="row" title={dateTime(ms, zone.value)}>
                  {clockTime(ms, zone.value)}
                </th>
                {lines.map((line, index) => (
                  <td key={line.key} class="number">
                    {quantityText(data.values[index]?.[row], unit)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
