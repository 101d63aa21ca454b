/** How much of a client's time tracing may take: a share that is saved up and spent, so that a dear block is paid for by leaving out others. */
export interface TraceBudget {
  /** Whether anything is left at that time, on the monotonic clock. */
  mayTrace(nowMs: number): boolean;
  /** The client was busy so long. What was not saved up is owed. */
  spend(busyMs: number): void;
}

/** Saved up for no longer than this, so that a quiet hour is not followed by a busy minute. */
const savedForMs = 60_000;

export function openTraceBudget(share: number, startMs: number): TraceBudget {
  let creditMs = 0;
  let lastMs = startMs;
  return {
    mayTrace(nowMs) {
      creditMs = Math.min(share * savedForMs, creditMs + share * Math.max(0, nowMs - lastMs));
      lastMs = nowMs;
      return creditMs > 0;
    },
    spend(busyMs) {
      creditMs -= busyMs;
    },
  };
}
