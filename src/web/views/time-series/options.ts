/** A chart's axes, scales and cursor, as uPlot wants them. */
import uPlot from "uplot";
import { axisIncrements, axisLabels, type PanelUnit } from "../../format/quantity.ts";
import { axisTimes, type Zone } from "../../format/time.ts";
import { seriesStyle, translucent } from "../palette.ts";
import type { Line } from "./lines.ts";
import type { Threshold } from "./marks.ts";

export interface ChartShape {
  readonly unit: PanelUnit;
  readonly lines: readonly Line[];
  readonly stacked: boolean;
  /** Fixed upper end of the value axis. */
  readonly max?: number | undefined;
  readonly thresholds: readonly Threshold[];
  readonly dark: boolean;
  readonly zone: Zone;
}

export interface ChartColors {
  readonly axis: string;
  readonly grid: string;
  readonly font: string;
}

/** Events of a chart, for whoever put it on the page. */
export interface ChartEvents {
  /** The user has drawn a window over the chart, in ms. */
  zoomed(fromMs: number, toMs: number): void;
  zoomedOut(): void;
  /** Row under the pointer, `null` when it has left. */
  pointed(row: number | null): void;
}

/** Width of a digit of the system fonts at 11 px. */
const digitPx = 6.2;
/** Room for `14:03:21` and air around it, px. */
const timeLabelPx = 68;
const minuteMs = 60_000;
/** Distances of the time axis' labels. uPlot's own go from one minute to five: on a narrow chart five minutes then have one label. */
const timeStepsMs = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 7, 14, 28, 91, 182, 365].map((days) => days * 1440 * minuteMs),
];

/** uPlot's options for one shape; a chart whose shape changes is made anew. */
export function chartOptions(
  shape: ChartShape,
  colors: ChartColors,
  size: { width: number; height: number },
  events: ChartEvents,
): uPlot.Options {
  const { zone } = shape;
  const font = `11px ${colors.font}`;
  const increments = axisIncrements(shape.unit);
  const mirrored = shape.lines.some((line) => line.mirrored);
  const axis = { stroke: colors.axis, font, grid: { stroke: colors.grid, width: 1 }, ticks: { show: false } };
  return {
    ...size,
    ms: 1,
    // Else it would place the labels at the browser's full hours and midnights, whatever zone they are written in.
    ...(zone === undefined ? {} : { tzDate: (timeMs) => uPlot.tzDate(new Date(timeMs), zone) }),
    legend: { show: false },
    padding: [8, 4, 0, 0],
    scales: { x: { time: true }, y: { range: (_, low, high) => valueRange(shape, low, high) } },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 6,
        space: timeLabelPx,
        incrs: timeStepsMs,
        values: (chart, splits, __, ___, gap) => withoutCutLabel(chart, splits, axisTimes(splits, gap, shape.zone)),
      },
      {
        ...axis,
        gap: 8,
        space: 34,
        size: axisWidth,
        ...(increments === null ? {} : { incrs: increments }),
        values: (_, splits) => axisLabels(splits, shape.unit, mirrored),
      },
    ],
    series: [{}, ...shape.lines.map((line, index) => lineOptions(shape, line, index))],
    bands: shape.stacked ? stackBands(shape) : [],
    cursor: cursorOptions(events),
    hooks: {
      setCursor: [
        (chart) =>
          events.pointed(chart.cursor.left !== undefined && chart.cursor.left >= 0 ? (chart.cursor.idx ?? null) : null),
      ],
      setSelect: [(chart) => takeSelection(chart, events)],
    },
  };
}

/** Strong enough to tell the layers apart, weak enough to see the grid through them. */
const layerOpacity = 0.75;

function lineOptions(shape: ChartShape, line: Line, index: number): uPlot.Series {
  const { color, dash } = seriesStyle(line.slot, shape);
  const fewLines = shape.lines.length <= 2;
  const first = shape.lines.findIndex((other) => other.mirrored === line.mirrored) === index;
  const opacity = shape.stacked ? (first ? layerOpacity : null) : fewLines ? 0.1 : null;
  return {
    label: line.name,
    stroke: color,
    // A layer is its area: with an outline, the topmost empty layer would colour the whole stack's edge.
    width: shape.stacked ? 0 : 1.5,
    points: { show: false },
    ...(dash.length === 0 ? {} : { dash: [...dash] }),
    ...(opacity === null ? {} : { fill: translucent(color, opacity), fillTo: 0 }),
  };
}

/** Each layer is filled down to the one below it, of the same side. */
function stackBands(shape: ChartShape): uPlot.Band[] {
  return shape.lines.flatMap((line, index) => {
    const below = shape.lines.slice(0, index).findLastIndex((other) => other.mirrored === line.mirrored);
    if (below === -1) return [];
    const series: uPlot.Band.Bounds = [index + 1, below + 1];
    return [{ series, fill: translucent(seriesStyle(line.slot, shape).color, layerOpacity), dir: line.mirrored ? 1 : -1 }];
  });
}

function cursorOptions(events: ChartEvents): uPlot.Cursor {
  return {
    y: false,
    points: { size: 6, width: 1.5 },
    drag: { x: true, y: false, setScale: false },
    // Only the crosshair is shared: a zoom belongs to the chart on which it began.
    sync: {
      key: "page",
      setSeries: false,
      scales: ["x", null],
      filters: { pub: (type) => type === "mousemove" || type === "mouseleave" },
    },
    bind: {
      dblclick: () => () => {
        events.zoomedOut();
        return null;
      },
    },
  };
}

/** The last label stands under the chart's right edge and would lose its end there; the crosshair names that time anyway. */
function withoutCutLabel(chart: uPlot, splits: readonly number[], labels: string[]): string[] {
  const { min, max } = chart.scales["x"] ?? {};
  const last = splits.at(-1);
  if (typeof min !== "number" || typeof max !== "number" || last === undefined) return labels;
  const roomPx = ((max - last) / (max - min)) * chart.width;
  const halfLabelPx = ((labels.at(-1)?.length ?? 0) * digitPx) / 2;
  return roomPx < halfLabelPx ? [...labels.slice(0, -1), ""] : labels;
}

function takeSelection(chart: uPlot, events: ChartEvents): void {
  const { left, width } = chart.select;
  // A click with a trembling hand is no zoom.
  if (width < 5) return;
  const fromMs = chart.posToVal(left, "x");
  const toMs = chart.posToVal(left + width, "x");
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  events.zoomed(fromMs, toMs);
}

/** From zero, because an area or a rate that starts elsewhere lies; temperatures and clock rates have no useful zero. */
function valueRange(shape: ChartShape, low: number | null, high: number | null): uPlot.Range.MinMax {
  const min = low ?? 0;
  const max = high ?? 0;
  const mirrored = shape.lines.some((line) => line.mirrored);
  if (shape.unit === "celsius" || shape.unit === "hertz") return uPlot.rangeNum(min, max, 0.1, true);
  if (shape.max !== undefined) return [mirrored ? -shape.max : 0, Math.max(shape.max, max)];
  // A threshold is part of the picture once the values come near it.
  const near = shape.thresholds.map((threshold) => threshold.value).filter((value) => value <= max * 2);
  const top = Math.max(max, ...near) * 1.08;
  const bottom = Math.min(0, min) * 1.08;
  return top === 0 && bottom === 0 ? [0, emptyTop(shape.unit)] : [bottom, top];
}

/** Upper end of the axis when all is zero. */
function emptyTop(unit: PanelUnit): number {
  return unit === "ratio" ? 0.01 : unit === "bytes" || unit === "bytes/s" ? 1024 : unit === "seconds" ? 0.001 : 1;
}

/** As wide as the longest label, in steps of 8 px so that the plot does not jitter with each tick. */
function axisWidth(chart: uPlot, values: string[] | null, axisIndex: number): number {
  const axis = chart.axes[axisIndex];
  if (values === null || axis === undefined) return 40;
  const longest = Math.max(0, ...values.map((value) => value.length));
  return Math.max(40, Math.ceil((longest * digitPx + 12) / 8) * 8);
}
