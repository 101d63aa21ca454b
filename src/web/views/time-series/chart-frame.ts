/** What a chart shows at this moment, for everything around its canvas: legend, table, description. */
import type { Annotation } from "../../../core/annotation.ts";
import type { ChartData, Line } from "./lines.ts";

export interface ChartFrame {
  readonly lines: readonly Line[];
  /** Series that are in the data but not drawn. */
  readonly hidden: number;
  readonly data: ChartData;
  /** Row under the crosshair; `null` when the pointer is elsewhere. */
  readonly pointed: number | null;
  /** The event under the crosshair. */
  readonly event: Annotation | null;
}

/** The newest row with any value: queries of one chart may be a tick apart. */
export function newestRow(data: ChartData): number {
  return Math.max(
    0,
    data.timesMs.findLastIndex((_, row) => data.values.some((column) => column[row] !== null && column[row] !== undefined)),
  );
}
