/** How long to wait before a question is asked again that has failed. */

const shortestMs = 5000;
const doublingsMax = 3;

/** 5, 10, 20, then every 40 s: soon enough to be seen to come back. `failures`: in a row, before this one. */
export function retryPauseMs(failures: number): number {
  return shortestMs * 2 ** Math.min(failures, doublingsMax);
}
