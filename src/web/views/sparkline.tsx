/** A small line without axes: the shape of the last minutes beside a figure. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { darkTheme } from "../state/preferences.ts";
import type { Column } from "../data/query-table.ts";
import { translucent } from "./palette.ts";

interface Props {
  readonly timesMs: readonly number[];
  readonly values: Column;
  readonly window: { readonly fromMs: number; readonly toMs: number };
  /** Upper end of the axis; default: the largest value. */
  readonly max?: number | undefined;
}

export function Sparkline({ timesMs, values, window, max }: Props): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null) draw(canvas.current, { timesMs, values, window, max });
  }, [timesMs, values, timesMs.at(-1), window, max, darkTheme.value]);
  return <canvas ref={canvas} class="sparkline" aria-hidden="true" />;
}

function draw(canvas: HTMLCanvasElement, { timesMs, values, window, max }: Props): void {
  const context = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (context === null || width === 0) return;
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  context.scale(devicePixelRatio, devicePixelRatio);
  const color = getComputedStyle(canvas).getPropertyValue("--accent").trim();
  const top = max ?? Math.max(...values.map((value) => value ?? 0)) * 1.1;
  const x = (ms: number): number => ((ms - window.fromMs) / (window.toMs - window.fromMs)) * width;
  const y = (value: number): number => height - 1.5 - (top <= 0 ? 0 : (value / top) * (height - 3));
  context.strokeStyle = color;
  context.fillStyle = translucent(color, 0.12);
  context.lineWidth = 1.25;
  for (const run of runs(values)) {
    context.beginPath();
    for (let index = run.from; index < run.to; index++) context.lineTo(x(timesMs[index] ?? 0), y(values[index] ?? 0));
    context.stroke();
    context.lineTo(x(timesMs[run.to - 1] ?? 0), height);
    context.lineTo(x(timesMs[run.from] ?? 0), height);
    context.fill();
  }
}

/** Stretches without a gap. */
function runs(values: Column): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let from = -1;
  for (let index = 0; index <= values.length; index++) {
    const present = index < values.length && values[index] !== null;
    if (present && from === -1) from = index;
    if (!present && from !== -1) {
      found.push({ from, to: index });
      from = -1;
    }
  }
  return found;
}
