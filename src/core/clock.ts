/** Time as the program sees it; injected, so that tests decide what time it is. */
export interface Clock {
  /** ms since the epoch; may step. */
  nowMs(): number;
  /** ms on a clock that never steps, from an arbitrary zero. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
