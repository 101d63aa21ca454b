/** The whole trace in a few pixels: how many spans lie on each, and whether one of them failed. Linear in spans and pixels, whatever a span covers. */

export interface MiniWish {
  readonly width: number;
  readonly height: number;
  /** Line → left and right, as shares 0–1 of the width; below 0: not drawn. */
  readonly bars: Float32Array;
  /** Line → 1 where the span failed. */
  readonly failed: Uint8Array;
}

export interface MiniImage {
  /** Pixel by pixel, row by row: spans on it. */
  readonly counts: Uint32Array;
  readonly failures: Uint32Array;
}

/** Lines are spread evenly over the height. A bar has at least one pixel. */
export function miniImage({ width, height, bars, failed }: MiniWish): MiniImage {
  const lines = failed.length;
  // Sums of beginnings less ends, with a column behind the last for ends there.
  const stride = width + 1;
  const counts = new Int32Array(stride * height);
  const failures = new Int32Array(stride * height);
  for (let line = 0; line < lines; line++) {
    const left = bars[2 * line] ?? -1;
    if (left < 0) continue;
    const row = Math.min(height - 1, Math.floor((line * height) / lines)) * stride;
    const from = Math.min(width - 1, Math.floor(left * width));
    const to = Math.min(width, Math.max(from + 1, Math.ceil((bars[2 * line + 1] ?? 0) * width)));
    counts[row + from] = (counts[row + from] ?? 0) + 1;
    counts[row + to] = (counts[row + to] ?? 0) - 1;
    if (failed[line] !== 1) continue;
    failures[row + from] = (failures[row + from] ?? 0) + 1;
    failures[row + to] = (failures[row + to] ?? 0) - 1;
  }
  return { counts: summed(counts, width, height), failures: summed(failures, width, height) };
}

function summed(changes: Int32Array, width: number, height: number): Uint32Array {
  const sums = new Uint32Array(width * height);
  for (let row = 0; row < height; row++) {
    let sum = 0;
    for (let column = 0; column < width; column++) {
      sum += changes[row * (width + 1) + column] ?? 0;
      sums[row * width + column] = sum;
    }
  }
  return sums;
}
