/** Whether the client answers: what is read beside its head waits while it does not, instead of failing on its own. */
export interface Gate {
  /** How often it was opened: what was true of the client before the last time may not be any more. */
  readonly openings: number;
  open(): void;
  close(): void;
  /** Resolves while it is open, and for good once the signal is raised. */
  passed(): Promise<void>;
}

export function openGate(signal: AbortSignal): Gate {
  let isOpen = false;
  let openings = 0;
  let waiting = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => waiting.resolve(), { once: true });
  return {
    get openings() {
      return openings;
    },
    open() {
      if (isOpen) return;
      isOpen = true;
      openings++;
      waiting.resolve();
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      if (!signal.aborted) waiting = Promise.withResolvers();
    },
    passed: () => waiting.promise,
  };
}
