/** One animation frame for all charts of the page: a tick that touches thirty of them costs the browser one frame. */

const waiting = new Set<() => void>();
let scheduled = false;

/** Runs `draw` in the next frame, once, however often it was asked for. In a hidden tab it waits. */
export function queueDraw(draw: () => void): void {
  waiting.add(draw);
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    const draws = [...waiting];
    waiting.clear();
    for (const one of draws) one();
  });
}

/** Forgets a draw whose chart is gone. */
export function cancelDraw(draw: () => void): void {
  waiting.delete(draw);
}
