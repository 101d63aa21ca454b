/** Colours and text of canvases: from the page's style sheet, read once per theme, and texts cut so that they fit. */
import { cleanText } from "../../../core/clean-text.ts";
import { maxSeries, seriesStyle } from "../palette.ts";

export interface Ink {
  readonly dark: boolean;
  readonly font: string;
  readonly surface: string;
  readonly hover: string;
  readonly chosen: string;
  readonly line: string;
  readonly grid: string;
  readonly text: string;
  readonly soft: string;
  readonly dim: string;
  readonly accent: string;
  readonly critical: string;
  readonly warning: string;
}

/** What the style sheet says where the element is now. */
export function inkOf(element: HTMLElement, dark: boolean): Ink {
  const style = getComputedStyle(element);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    dark,
    font: style.fontFamily,
    surface: of("--surface"),
    hover: of("--hover"),
    chosen: of("--accent-soft"),
    line: of("--line"),
    grid: of("--grid"),
    text: of("--text"),
    soft: of("--text-soft"),
    dim: of("--text-dim"),
    accent: of("--accent"),
    critical: of("--status-critical"),
    warning: of("--status-warning"),
  };
}

/** Colour of the n-th service. After eight they come again: the name beside it tells. */
export function serviceColor(service: number, dark: boolean): string {
  return seriesStyle(service % maxSeries, { dark, stacked: false }).color;
}

/** Letters that are looked at: more do not fit a screen. */
const lettersMax = 200;
/** Cut texts that are remembered. */
const rememberedMax = 4000;
const cutTexts = new Map<string, string>();

/** The longest beginning of a text that fits, with an ellipsis; hostile characters become visible. `context.font` is what it is drawn with. */
export function fittedText(context: CanvasRenderingContext2D, text: string, width: number): string {
  const room = Math.floor(width);
  if (room <= 0) return "";
  const shown = cleanText(text, lettersMax);
  const key = `${context.font}|${room}|${shown}`;
  const known = cutTexts.get(key);
  if (known !== undefined) return known;
  const cut = cutToFit(context, shown, room);
  if (cutTexts.size >= rememberedMax) cutTexts.clear();
  cutTexts.set(key, cut);
  return cut;
}

function cutToFit(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  const letters = Array.from(text);
  let [fits, tooLong] = [0, letters.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (context.measureText(`${letters.slice(0, middle).join("")}…`).width <= width) fits = middle;
    else tooLong = middle;
  }
  return fits === 0 ? "" : `${letters.slice(0, fits).join("")}…`;
}

/** The drawing context in CSS pixels, with the canvas as large as its element; `null` while it has no size. */
export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const { clientWidth: width, clientHeight: height } = canvas;
  // `alpha: false` spares blending with what is behind: every frame paints its whole ground.
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null || width === 0 || height === 0) return null;
  const [wide, high] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
  // Setting a size gives a new picture memory, so only where it changes.
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  // Names in right-to-left scripts must not turn the picture round.
  context.direction = "ltr";
  return context;
}
