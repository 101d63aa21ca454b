/**
 * Keeps one chart in step with its queries: a new uPlot when the set of lines or the look changes, new data at each tick.
 * Apart from the component, because none of this is markup.
 */
import { signal, type ReadonlySignal } from "@preact/signals";
import { annotations } from "../../data/annotations.ts";
import { drawnWindow, type BoardQuery } from "../../data/query-board.ts";
import { serverNow, zone } from "../../data/server.ts";
import type { PanelUnit } from "../../format/quantity.ts";
import { darkTheme } from "../../state/preferences.ts";
import { between, zoom } from "../../state/range.ts";
import { setRange, timeRange } from "../../state/time-range.ts";
import { createChart, type Chart } from "./chart.ts";
import type { ChartFrame } from "./chart-frame.ts";
import { anyAwake, chartData, chooseLines, type LineChoice, type LineQuery } from "./lines.ts";
import { annotationAt, type Threshold } from "./marks.ts";

export interface ChartSpec {
  readonly unit: PanelUnit;
  readonly queries: readonly LineQuery[];
  readonly stacked: boolean;
  readonly max?: number | undefined;
  readonly thresholds: readonly Threshold[];
  /** Of plot and time axis, px. */
  readonly height: number;
}

export type ChartState =
  | { readonly phase: "loading" }
  | { readonly phase: "empty" }
  | { readonly phase: "error"; readonly message: string }
  | { readonly phase: "drawn"; readonly frame: ChartFrame };

export interface ChartController {
  readonly state: ReadonlySignal<ChartState>;
  /** Draws the queries' present results; called in the page's animation frame. */
  draw(queries: readonly BoardQuery[]): void;
  resize(): void;
  /** Moves the crosshair by so many points; `null` takes it away. */
  moveCursor(points: number | null): void;
  destroy(): void;
}

/** Narrower than this uPlot has no room for its axes. */
const smallestPx = 80;

/** A chart inside `host`, which must be in the document. */
export function createChartController(host: HTMLElement, spec: ChartSpec): ChartController {
  const state = signal<ChartState>({ phase: "loading" });
  let chart: Chart | null = null;
  let choice: LineChoice = { lines: [], idle: [], hidden: 0 };
  let versions = "";
  let look = "";
  let pointed: number | null = null;

  const size = () => ({ width: Math.max(smallestPx, host.clientWidth), height: spec.height });

  const point = (row: number | null): void => {
    pointed = row;
    const now = state.peek();
    if (now.phase === "drawn") state.value = { phase: "drawn", frame: { ...now.frame, ...underCursor() } };
  };
  const underCursor = () => ({ pointed, crosshair: crosshair(), event: eventUnderCursor() });
  const crosshair = () => {
    if (chart === null || pointed === null) return null;
    const { bbox, cursor, width } = chart.plot;
    return { leftPx: bbox.left / devicePixelRatio + (cursor.left ?? 0), widthPx: width };
  };

  const eventUnderCursor = () =>
    chart === null || pointed === null ? null : annotationAt(chart.plot, annotations.peek(), chart.plot.cursor.left ?? -1);

  const remake = (): void => {
    chart?.destroy();
    const shape = { ...spec, lines: choice.lines, dark: darkTheme.peek(), zone: zone.peek() };
    chart = createChart(host, shape, size(), {
      zoomed: (fromMs, toMs) => setRange(between(fromMs, toMs)),
      zoomedOut: () => setRange(zoom(timeRange.peek(), 2, serverNow())),
      pointed: point,
    });
  };

  /** Chooses the lines anew when series came, went or woke up; a chart of the same lines and look is kept. */
  const reshape = (queries: readonly BoardQuery[]): void => {
    const nextVersions = queries.map((query) => `${query.id}:${query.shapeVersion}`).join();
    const nextLook = `${String(darkTheme.peek())} ${zone.peek() ?? ""}`;
    const tables = queries.map((query) => query.table);
    if (nextVersions === versions && nextLook === look && !anyAwake(choice.idle, tables)) return;
    const next = chooseLines(spec.queries, tables, { stacked: spec.stacked });
    const keep = chart !== null && nextLook === look && sameLines(choice, next);
    choice = next;
    versions = nextVersions;
    look = nextLook;
    if (!keep) remake();
  };

  return {
    state,
    draw(queries) {
      const failed = queries.find((query) => query.error !== null);
      if (failed !== undefined) {
        state.value = { phase: "error", message: failed.error ?? "" };
        return;
      }
      if (queries.length === 0 || queries.some((query) => query.table === null)) return;
      reshape(queries);
      if (choice.lines.length === 0) {
        state.value = { phase: "empty" };
        return;
      }
      const data = chartData(
        choice,
        queries.map((query) => query.table),
        spec.stacked,
      );
      chart?.draw(data, drawnWindow.peek());
      state.value = { phase: "drawn", frame: { ...choice, data, ...underCursor() } };
    },
    resize() {
      const { width, height } = size();
      if (host.clientWidth > 0) chart?.resize(width, height);
    },
    moveCursor(points) {
      const now = state.peek();
      if (chart === null || now.phase !== "drawn") return;
      if (points === null) {
        chart.plot.setCursor({ left: -10, top: -10 });
        return;
      }
      const { timesMs } = now.frame.data;
      const row = Math.min(timesMs.length - 1, Math.max(0, (pointed ?? timesMs.length) + points));
      chart.plot.setCursor({ left: chart.plot.valToPos(timesMs[row] ?? 0, "x"), top: 10 });
    },
    destroy() {
      chart?.destroy();
      chart = null;
    },
  };
}

function sameLines(before: LineChoice, after: LineChoice): boolean {
  return (
    before.lines.length === after.lines.length && before.lines.every((line, index) => line.key === after.lines[index]?.key)
  );
}
