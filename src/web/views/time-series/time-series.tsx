/** A live chart of some queries: the canvas, its legend, and in their place the reason when there is nothing to draw. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { annotations } from "../../data/annotations.ts";
import { zone } from "../../data/server.ts";
import { darkTheme } from "../../state/preferences.ts";
import { cancelDraw, queueDraw } from "../draw-queue.ts";
import { createChartController, type ChartController, type ChartSpec } from "./chart-controller.ts";
import { ChartLegend } from "./chart-legend.tsx";
import { ChartNotes } from "./chart-notes.tsx";
import { ChartTooltip } from "./chart-tooltip.tsx";
import type { ChartFrame } from "./chart-frame.ts";
import { SeriesTable } from "./series-table.tsx";
import { useNearViewport } from "../use-near-viewport.ts";
import { useQueries } from "./use-queries.ts";

export interface TimeSeriesProps {
  readonly title: string;
  /** A spec of another identity makes another chart; keep it over renders. */
  readonly spec: ChartSpec;
  readonly asTable?: boolean;
  /** Shown where the chart would be when the queries have no series. */
  readonly empty: JSX.Element;
}

/** A chart that follows the page's window, its crosshair and its live ticks. */
export function TimeSeries({ title, spec, asTable = false, empty }: TimeSeriesProps): JSX.Element {
  const { ref: frameElement, near } = useNearViewport();
  const host = useRef<HTMLDivElement>(null);
  const controller = useRef<ChartController | null>(null);
  const phase = useSignal<"loading" | "empty" | "error" | "drawn">("loading");
  const message = useSignal("");
  const frame = useSignal<ChartFrame | null>(null);
  const notes = useSignal<readonly string[]>([]);
  // All charts share the crosshair; only the one that is pointed at, or has the focus, spells out its values.
  const inHand = useSignal(false);

  const draw = useCallback(() => controller.current?.draw(queries.current), []);
  const queries = useQueries(
    spec.queries.map((query) => query.expr),
    near,
    () => queueDraw(draw),
  );

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const made = createChartController(element, spec);
    controller.current = made;
    const stopFollowing = made.state.subscribe((state) => {
      // The phase changes seldom, the frame with each tick: only legend and table render for the latter.
      phase.value = state.phase;
      message.value = state.phase === "error" ? state.message : "";
      frame.value = state.phase === "drawn" ? state.frame : null;
      const found = queries.current.flatMap((query) => query.notes);
      if (found.join() !== notes.value.join()) notes.value = found;
    });
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(element);
    queueDraw(draw);
    return () => {
      stopFollowing();
      observer.disconnect();
      cancelDraw(draw);
      made.destroy();
    };
  }, [spec]);
  useSignalEffect(() => {
    // Read, so that a change of any of them draws anew.
    void [darkTheme.value, zone.value, annotations.value];
    queueDraw(draw);
  });

  const height = `${spec.height}px`;
  const showsPlot = !asTable && (phase.value === "loading" || phase.value === "drawn");
  return (
    <div ref={frameElement} class="series" data-phase={phase.value}>
      <div
        ref={host}
        class="series-plot"
        style={{ height }}
        hidden={!showsPlot}
        tabIndex={0}
        role="img"
        aria-label={`${title}: line chart. Arrow keys move the cursor, v shows the values as a table.`}
        onKeyDown={(event) => controller.current !== null && onKey(event, controller.current)}
        onPointerEnter={() => (inHand.value = true)}
        onPointerLeave={() => (inHand.value = false)}
        onFocus={() => (inHand.value = true)}
        onBlur={() => (inHand.value = false)}
      />
      {showsPlot && inHand.value ? <ChartTooltip frame={frame} unit={spec.unit} stacked={spec.stacked} /> : null}
      {phase.value === "loading" ? (
        <div class="series-note series-loading" aria-busy="true">
          Loading …
        </div>
      ) : null}
      {phase.value === "empty" ? (
        <div class="series-note" style={{ minHeight: height }}>
          {empty}
        </div>
      ) : null}
      {phase.value === "error" ? (
        <div class="series-note" style={{ minHeight: height }} role="status">
          <p class="error-text">{message.value}</p>
        </div>
      ) : null}
      {phase.value === "drawn" && asTable ? <SeriesTable frame={frame} unit={spec.unit} height={spec.height} /> : null}
      <ChartLegend frame={frame} unit={spec.unit} stacked={spec.stacked} />
      <ChartNotes notes={notes} />
    </div>
  );
}

/** Left and right move the crosshair by one point, with Shift by ten; Escape takes it away. */
function onKey(event: KeyboardEvent, chart: ChartController): void {
  const step = event.shiftKey ? 10 : 1;
  if (event.key === "ArrowLeft") chart.moveCursor(-step);
  else if (event.key === "ArrowRight") chart.moveCursor(step);
  else if (event.key === "Escape") chart.moveCursor(null);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
