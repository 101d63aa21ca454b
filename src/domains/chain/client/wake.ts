/** Something has happened that a loop would only see at its next look: it looks at once. A call while it is at work is not lost. */
export interface Wake {
  call(): void;
  /** Resolves after the time, with the signal, and at a call; at once where there was one since it was waited for last. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function openWake(): Wake {
  let isCalled = false;
  let end: (() => void) | null = null;
  return {
    call() {
      isCalled = true;
      end?.();
    },
    wait(ms, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(() => end?.(), ms);
      timer.unref();
      end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        end = null;
        isCalled = false;
        resolve();
      };
      const onAbort = (): void => end?.();
      signal.addEventListener("abort", onAbort);
      if (isCalled || signal.aborted) end();
      return promise;
    },
  };
}
