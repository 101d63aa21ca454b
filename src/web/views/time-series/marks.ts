/** What lies over a chart's lines: named thresholds, and events (restarts, deployments, notes) at their time. */
import type uPlot from "uplot";
import type { Annotation } from "../../../core/annotation.ts";

export interface MarkColors {
  readonly threshold: string;
  readonly annotation: string;
  readonly background: string;
  readonly font: string;
}

export interface Threshold {
  readonly value: number;
  readonly label: string;
}

/** Pixels around an event's line in which the pointer means it. */
const reachPx = 6;

/** Dashed lines with their name at the right end; one outside the axis is left out rather than squeezed in. */
export function drawThresholds(chart: uPlot, thresholds: readonly Threshold[], colors: MarkColors): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px ${colors.font}`;
  ctx.strokeStyle = colors.threshold;
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 3 * ratio]);
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  for (const { value, label } of thresholds) {
    const y = Math.round(chart.valToPos(value, "y", true));
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    const x = bbox.left + bbox.width - 4 * ratio;
    // Near the top edge the name goes below its line, or it would be cut off.
    const above = y - bbox.top > 16 * ratio;
    ctx.textBaseline = above ? "bottom" : "top";
    ctx.lineWidth = 3 * ratio;
    ctx.setLineDash([]);
    ctx.strokeStyle = colors.background;
    ctx.strokeText(label, x, y + (above ? -2 : 2) * ratio);
    ctx.fillStyle = colors.threshold;
    ctx.fillText(label, x, y + (above ? -2 : 2) * ratio);
    ctx.strokeStyle = colors.threshold;
    ctx.lineWidth = ratio;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
  }
  ctx.restore();
}

/** A thin line with a small flag at its foot; an event that lasted is a band. */
export function drawAnnotations(chart: uPlot, annotations: readonly Annotation[], colors: MarkColors): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  const right = bbox.left + bbox.width;
  ctx.save();
  ctx.strokeStyle = colors.annotation;
  ctx.fillStyle = colors.annotation;
  ctx.lineWidth = ratio;
  for (const annotation of annotations) {
    const x = Math.round(chart.valToPos(annotation.timestampMs, "x", true));
    const endX = annotation.endMs === undefined ? x : Math.round(chart.valToPos(annotation.endMs, "x", true));
    if (endX < bbox.left || x > right) continue;
    const from = Math.max(x, bbox.left);
    if (endX > x) {
      ctx.globalAlpha = 0.12;
      ctx.fillRect(from, bbox.top, Math.min(endX, right) - from, bbox.height);
    }
    if (x < bbox.left) continue;
    ctx.globalAlpha = 0.6;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.beginPath();
    const foot = bbox.top + bbox.height;
    ctx.moveTo(x - 4 * ratio, foot);
    ctx.lineTo(x + 4 * ratio, foot);
    ctx.lineTo(x, foot - 6 * ratio);
    ctx.fill();
  }
  ctx.restore();
}

/** The event that the pointer is on, `leftPx` from the plot's left edge; the nearest of several. */
export function annotationAt(chart: uPlot, annotations: readonly Annotation[], leftPx: number): Annotation | null {
  let nearest: Annotation | null = null;
  let distance = reachPx;
  for (const annotation of annotations) {
    const away = Math.abs(chart.valToPos(annotation.timestampMs, "x") - leftPx);
    if (away > distance) continue;
    distance = away;
    nearest = annotation;
  }
  return nearest;
}
