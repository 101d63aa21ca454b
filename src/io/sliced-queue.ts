/**
 * Messages that come in without being asked for, read in slices: a flood of them does not hold up the thread's other work, and only so many wait.
 */

export interface SlicedQueue {
  /** `false`: there is no room, and the message is not taken. */
  push(message: Buffer): boolean;
  /** What waits is forgotten, and nothing is read any more. */
  close(): void;
}

/** Messages that are read in one go. At some microseconds for each, the thread is held up for a few milliseconds at most. */
const sliceMax = 256;

/** `read` is called for each message in the order in which they came, soon but not at once. It must not throw. */
export function openSlicedQueue(
  { itemsMax, bytesMax }: { readonly itemsMax: number; readonly bytesMax: number },
  read: (message: Buffer) => void,
): SlicedQueue {
  let waiting: Buffer[] = [];
  let bytes = 0;
  let isScheduled = false;
  let isClosed = false;

  const readSlice = (): void => {
    isScheduled = false;
    const slice = waiting.slice(0, sliceMax);
    waiting = waiting.slice(sliceMax);
    for (const message of slice) {
      bytes -= message.length;
      if (!isClosed) read(message);
    }
    schedule();
  };
  const schedule = (): void => {
    if (isScheduled || isClosed || waiting.length === 0) return;
    isScheduled = true;
    setImmediate(readSlice);
  };

  return {
    push(message) {
      if (isClosed || waiting.length >= itemsMax || bytes + message.length > bytesMax) return false;
      waiting.push(message);
      bytes += message.length;
      schedule();
      return true;
    },
    close() {
      isClosed = true;
      waiting = [];
    },
  };
}
