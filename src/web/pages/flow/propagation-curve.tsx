/** How fast something reaches the nodes: share of the nodes over time, in the middle and in the slow twentieth of all that was seen. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useEffect, useRef } from "preact/hooks";
import type { PropagationTimes } from "../../../core/trace/aggregate.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import { darkTheme } from "../../state/preferences.ts";
import { queueDraw } from "../../views/draw-queue.ts";
import { type SeriesStyle, seriesStyle } from "../../views/palette.ts";
import { axisSteps } from "./way-window.ts";

interface Props {
  /** What spreads, as in “Propagation of transactions”. */
  readonly of: string;
  readonly times: PropagationTimes;
}

/** Time after which a share of the nodes had it. */
export interface CurvePoint {
  readonly ms: number;
  readonly share: number;
}

const heightPx = 160;
const axisPx = 22;
const labelPx = 40;
const timePx = 90;
const quantiles = [
  ["p50Ms", "p50"],
  ["p95Ms", "p95"],
] as const;

/** The first node has it at once; what is known of the rest is 50, 90 and 100 %. */
export function curveOf({ half, most, all }: PropagationTimes, quantile: "p50Ms" | "p95Ms"): readonly CurvePoint[] {
  const known = [
    [half, 0.5],
    [most, 0.9],
    [all, 1],
  ] as const;
  const points = known.flatMap(([times, share]): readonly CurvePoint[] =>
    times === null ? [] : [{ ms: times[quantile], share }],
  );
  return points.length === 0 ? [] : [{ ms: 0, share: 0 }, ...points];
}

export function PropagationCurve({ of, times }: Props): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  const curves = quantiles.map(([quantile]) => curveOf(times, quantile));
  const draw = (): void => {
    if (canvas.current !== null) drawCurves(canvas.current, curves, darkTheme.peek());
  };
  const latest = useRef(draw);
  latest.current = draw;
  const paint = useCallback(() => latest.current(), []);
  useEffect(() => queueDraw(paint));
  useSignalEffect(() => {
    void [darkTheme.value, width.value];
    queueDraw(paint);
  });
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => (width.value = element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const { half, most, all } = times;
  if (half === null || most === null || all === null)
    return <p class="dim">How {of} spread cannot be said: none was seen by two nodes.</p>;
  const rows = [
    ["Half of the nodes", half],
    ["90 %", most],
    ["All of them", all],
  ] as const;
  return (
    <section class="panel" aria-label={`Propagation of ${of}`}>
      <header class="panel-head">
        <h3>Propagation of {of}</h3>
      </header>
      <canvas ref={canvas} class="way" style={{ height: `${heightPx}px` }} aria-hidden="true" />
      <table class="table table-dense">
        <thead>
          <tr>
            <th scope="col">Reached</th>
            {quantiles.map(([quantile, word], index) => (
              <th key={quantile} scope="col" class="number">
                <svg class="legend-key" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
                  <rect width="10" height="10" fill={styleOf(index, darkTheme.value).color} />
                </svg>{" "}
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, known]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {quantiles.map(([quantile]) => (
                <td key={quantile} class="number">
                  {durationText(known[quantile])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="table-facts dim">
        Of {all.n.toLocaleString("en")} that two and more nodes have seen. Clocks are corrected; see their errors below.
      </p>
    </section>
  );
}

function styleOf(index: number, dark: boolean): SeriesStyle {
  return seriesStyle(index, { dark, stacked: false });
}

function drawCurves(canvas: HTMLCanvasElement, curves: readonly (readonly CurvePoint[])[], dark: boolean): void {
  const context = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (context === null || width === 0) return;
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  context.scale(devicePixelRatio, devicePixelRatio);
  const style = getComputedStyle(canvas);
  const latestMs = Math.max(0.001, ...curves.flat().map(({ ms }) => ms));
  const x = (ms: number): number => labelPx + (Math.max(0, ms) / latestMs) * (width - labelPx - 8);
  const y = (share: number): number => 8 + (1 - share) * (height - axisPx - 8);
  context.font = `11px ${style.fontFamily}`;
  context.fillStyle = style.getPropertyValue("--text-dim");
  context.strokeStyle = style.getPropertyValue("--grid");
  context.textAlign = "right";
  for (const share of [0, 0.5, 0.9, 1]) {
    line(context, [labelPx, y(share)], [width, y(share)]);
    // 90 and 100 % are nearer than two lines of text.
    if (share !== 0.9) context.fillText(`${share * 100} %`, labelPx - 6, y(share) + 4);
  }
  context.textAlign = "center";
  for (const step of axisSteps({ fromMs: 0, toMs: latestMs }, (width - labelPx) / timePx))
    context.fillText(durationText(step), Math.min(width - 20, x(step)), height - 6);
  for (const [index, points] of curves.entries()) {
    const { color, dash } = styleOf(index, dark);
    context.strokeStyle = color;
    context.fillStyle = color;
    context.setLineDash([...dash]);
    context.lineWidth = 2;
    context.beginPath();
    for (const { ms, share } of points) context.lineTo(x(ms), y(share));
    context.stroke();
    for (const { ms, share } of points.slice(1)) context.fillRect(x(ms) - 3, y(share) - 3, 6, 6);
  }
}

function line(context: CanvasRenderingContext2D, from: readonly [number, number], to: readonly [number, number]): void {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}
