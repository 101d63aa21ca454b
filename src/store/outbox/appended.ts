/** Tells the forward thread, without a message, that something was put into the outbox: a count in shared memory. */

export type AppendCount = Int32Array<SharedArrayBuffer>;

/** A waiter that was given up ends after this, ms: nothing can take it back. */
const waitMsMax = 5000;

export function createAppendCount(): AppendCount {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** Something was put in. */
export function countAppended(count: AppendCount): void {
  Atomics.add(count, 0, 1);
  Atomics.notify(count, 0);
}

export function appendedSoFar(count: AppendCount): number {
  return Atomics.load(count, 0);
}

/** Resolves as soon as the count is another one than `seen`, or the signal is aborted, or some seconds are over. */
export async function appendedSince(count: AppendCount, seen: number, signal: AbortSignal): Promise<void> {
  const waiting = Atomics.waitAsync(count, 0, seen, waitMsMax);
  if (!waiting.async || signal.aborted) return;
  const gone = Promise.withResolvers<undefined>();
  const stop = (): void => gone.resolve(undefined);
  signal.addEventListener("abort", stop);
  await Promise.race([waiting.value, gone.promise]);
  signal.removeEventListener("abort", stop);
}
