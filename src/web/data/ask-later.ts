/** Things to be asked for again: those that wait go together, at the time of the earliest. */

export interface AskLater<T> {
  add(items: readonly T[], delayMs: number): void;
  /** They have been asked for otherwise, or nobody wants them any more. */
  clear(): void;
}

/** `ask` gets what is due, each once. */
export function createAskLater<T>(ask: (due: readonly T[]) => void): AskLater<T> {
  const waiting = new Set<T>();
  let dueMs = Number.POSITIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const clear = (): void => {
    clearTimeout(timer);
    dueMs = Number.POSITIVE_INFINITY;
    waiting.clear();
  };
  const fire = (): void => {
    const due = [...waiting];
    clear();
    ask(due);
  };
  return {
    add(items, delayMs) {
      for (const item of items) waiting.add(item);
      const atMs = Date.now() + delayMs;
      if (waiting.size === 0 || atMs >= dueMs) return;
      clearTimeout(timer);
      dueMs = atMs;
      timer = setTimeout(fire, delayMs);
    },
    clear,
  };
}
