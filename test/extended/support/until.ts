/** Waiting for what must come to pass in programs that are not ours. */
import { setTimeout as wait } from "node:timers/promises";

const pauseMs = 100;

/** Looks until it is so, and gives what was seen; what was seen last is the failure's message. */
export async function until<T>(what: string, seconds: number, look: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  const deadlineMs = performance.now() + seconds * 1000;
  for (;;) {
    const value = await look();
    if (isSo(value)) return value;
    if (performance.now() > deadlineMs) throw new Error(`it did not come to pass: ${what}: ${JSON.stringify(value)}`);
    await wait(pauseMs);
  }
}
