/** Work that is not worth queueing: what comes while it runs replaces what waits. Late values are of no use live. */

/** `run` must not reject. */
export function latestOnly<T>(run: (value: T) => Promise<void>): (value: T) => void {
  let waiting: { readonly value: T } | null = null;
  let working = false;
  const work = async (): Promise<void> => {
    working = true;
    while (waiting !== null) {
      const { value } = waiting;
      waiting = null;
      await run(value);
    }
    working = false;
  };
  return (value) => {
    waiting = { value };
    if (!working) void work();
  };
}
