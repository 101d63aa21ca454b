/** Time as the program sees it; injected, so that tests decide what time it is. */
export interface Clock {
  /** ms since the epoch; may step. */
  nowMs(): number;
  /** ms on a clock that never steps, from an arbitrary zero. */
  monotonicMs(): number;
}

/** Node's timers wait for no longer; above it they do not wait at all. Source: Node.js, "Timers", `setTimeout`. */
export const timerMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
