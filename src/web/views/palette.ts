/**
 * Colours of series. No published set keeps its colours apart for every kind of colour vision on both backgrounds, so each
 * theme has its own, annealed for distance and contrast; `palette.test.ts` holds the figures.
 */

/** Colour of the n-th series on the dark background. */
export const darkSeries = ["#567bea", "#91bef5", "#f38498", "#f8e68d", "#d04597", "#5afefb", "#a9862b", "#c3c00f"] as const;

/** Colour of the n-th series on the light background. */
export const lightSeries = ["#4d3cd3", "#7b88f2", "#f24e1e", "#784e7f", "#bc7d99", "#18207d", "#9d2317", "#5d0206"] as const;

/** At most so many series in one chart; the rest is named, not drawn. */
export const maxSeries = darkSeries.length;

/** Layers of a stack lie on each other: neighbours go from calm to strong. Lines cross: the first ones differ in hue. */
const lineOrder = [0, 2, 3, 5, 1, 4, 7, 6] as const;
/** From the fifth line on, a pattern tells what the hue alone may not. */
const dashes = [
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [10, 4],
] as const;

export interface SeriesStyle {
  readonly color: string;
  /** Lengths of dash and gap, px; empty for a solid line. */
  readonly dash: readonly number[];
}

/** How the n-th series of a chart is drawn. Layers are areas, which have no dashes. */
export function seriesStyle(index: number, look: { readonly dark: boolean; readonly stacked: boolean }): SeriesStyle {
  const colors = look.dark ? darkSeries : lightSeries;
  const place = look.stacked ? index : (lineOrder[index] ?? 0);
  return { color: colors[place] ?? colors[0], dash: look.stacked ? [] : (dashes[index - 4] ?? []) };
}

/** `#rrggbb` at an opacity from 0 to 1, for canvases. */
export function translucent(color: string, opacity: number): string {
  return (
    color +
    Math.round(opacity * 255)
      .toString(16)
      .padStart(2, "0")
  );
}
