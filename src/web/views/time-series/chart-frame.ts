/** What a chart shows at this moment, for everything around its canvas: legend, table, description. */
import type { Annotation } from "../../../core/annotation.ts";
import type { ChartData, Line } from "./lines.ts";

export interface ChartFrame {
  readonly lines: readonly Line[];
  /** Series of idle devices: named, not drawn. */
  readonly idle: readonly Line[];
  /** Further series that are in the data but not drawn. */
  readonly hidden: number;
  readonly data: ChartData;
  /** Row under the crosshair; `null` when the pointer is elsewhere. */
  readonly pointed: number | null;
  /** Where the crosshair is, px from the chart's left edge, and the chart's width. */
  readonly crosshair: { readonly leftPx: number; readonly widthPx: number } | null;
  /** The event under the crosshair. */
  readonly event: Annotation | null;
}

/** The newest row with any value: queries of one chart may be a tick apart. `null` when there is none since `oldestMs`. */
export function newestRow(data: ChartData, oldestMs: number): number | null {
  const row = data.timesMs.findLastIndex((timeMs, row) => timeMs >= oldestMs && hasValue(data, row));
  return row === -1 ? null : row;
}

function hasValue(data: ChartData, row: number): boolean {
  return data.values.some((column) => column[row] !== null && column[row] !== undefined);
}
