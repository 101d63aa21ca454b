/**
 * An `AbortSignal` in another thread. A thread that computes reads no messages, so the wish to stop lies in shared memory, where it
 * is seen in the middle of the work.
 */
import type { Cancellation } from "../core/cancellation.ts";

/** What crosses instead of a signal: one flag, 1 once the signal is aborted. */
interface AbortFlag {
  readonly abortFlag: Int32Array<SharedArrayBuffer>;
}

/** A call's arguments as they are sent, and the signal that was among them. */
export interface SharedArguments {
  readonly args: readonly unknown[];
  readonly signal: AbortSignal | null;
  /** Lets the other side see that the call is not wanted any more. */
  raise(): void;
}

/** Puts a flag in the place of the signal, of which a call has one at most. */
export function shareSignal(args: readonly unknown[]): SharedArguments {
  const at = args.findIndex((arg) => arg instanceof AbortSignal);
  const signal = args[at];
  if (!(signal instanceof AbortSignal)) return { args, signal: null, raise: () => undefined };
  const abortFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return {
    args: args.with(at, { abortFlag } satisfies AbortFlag),
    signal,
    raise: () => void Atomics.store(abortFlag, 0, 1),
  };
}

/** The other end: the arguments with what a method can ask in the place of the flag. */
export function receiveSignal(args: readonly unknown[]): {
  readonly args: readonly unknown[];
  readonly signal: Cancellation | null;
} {
  const at = args.findIndex(isAbortFlag);
  const flag = args[at];
  if (!isAbortFlag(flag)) return { args, signal: null };
  const signal: Cancellation = {
    get aborted() {
      return Atomics.load(flag.abortFlag, 0) === 1;
    },
  };
  return { args: args.with(at, signal), signal };
}

function isAbortFlag(arg: unknown): arg is AbortFlag {
  return typeof arg === "object" && arg !== null && "abortFlag" in arg && arg.abortFlag instanceof Int32Array;
}
