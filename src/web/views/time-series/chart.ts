/** One uPlot chart and its life: made for a shape, fed with data, resized, drawn with the page's one frame. */
import uPlot from "uplot";
import { annotations } from "../../data/annotations.ts";
import type { ChartData } from "./lines.ts";
import { drawAnnotations, drawThresholds, type MarkColors } from "./marks.ts";
import { chartOptions, type ChartEvents, type ChartShape } from "./options.ts";

export interface Chart {
  readonly plot: uPlot;
  /** Draws data over a window (ms). */
  draw(data: ChartData, window: { readonly fromMs: number; readonly toMs: number }): void;
  resize(width: number, height: number): void;
  destroy(): void;
}

/** Puts a chart into `host`. Events on the time axis are read at each draw, so that a new one needs no new chart. */
export function createChart(
  host: HTMLElement,
  shape: ChartShape,
  size: { readonly width: number; readonly height: number },
  events: ChartEvents,
): Chart {
  const style = getComputedStyle(host);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const font = style.fontFamily;
  const marks: MarkColors = {
    threshold: color("--status-critical"),
    annotation: color("--text-dim"),
    background: color("--surface"),
    font,
  };
  const options = chartOptions(shape, { axis: color("--text-dim"), grid: color("--grid"), font }, size, events);
  const draw = (chart: uPlot): void => {
    drawAnnotations(chart, annotations.peek(), marks);
    drawThresholds(chart, shape.thresholds, marks);
  };
  options.hooks = { ...options.hooks, draw: [draw] };
  const plot = new uPlot(options, [[], ...shape.lines.map(() => [])], host);
  return {
    plot,
    draw(data, window) {
      plot.batch(() => {
        // uPlot only reads its data; its type does not say so.
        plot.setData([data.timesMs as number[], ...data.drawn], false);
        plot.setScale("x", { min: window.fromMs, max: window.toMs });
      });
      if (data.timesMs.length >= 2 && hasTwoPoints(data)) announceFirstChart();
    },
    resize(width, height) {
      plot.setSize({ width, height });
    },
    destroy() {
      plot.destroy();
    },
  };
}

function hasTwoPoints(data: ChartData): boolean {
  return data.drawn.some((column) => column.filter((value) => value !== null && value !== undefined).length >= 2);
}

let announced = false;

/** What the start-time measurement waits for. */
function announceFirstChart(): void {
  if (announced) return;
  announced = true;
  performance.mark("chainpulse-first-chart");
  document.documentElement.dataset["ready"] = "true";
}
