/**
 * A thread that is started at the first call, and anew after it has ended or hung. What a user asks can cost that user an
 * answer, never the process, and never another one's answer: calls that only waited behind it are asked again, once. So whatever such
 * a thread does must be safe to ask for twice. Where arguments are given away to it, only the caller can ask again.
 */
import { ChainPulseError } from "../core/errors.ts";
import type { Remote } from "./rpc.ts";
import type { Thread } from "./worker-thread.ts";

export interface OnDemandThread<Api> {
  readonly calls: Remote<Api>;
  /** Starts the thread ahead of the first call. */
  warm(): void;
  /** Whether there is one now. */
  isRunning(): boolean;
  stop(): Promise<void>;
}

/** A thread that was started, and whether it has let a call down. */
interface Running<Api> {
  readonly thread: Thread<Api>;
  failed: boolean;
}

export interface OnDemandOptions {
  /** Calls that only waited behind one that hung are asked again, once. Default: true. */
  readonly asksAgain?: boolean;
}

/** `start` says with `ended` when its thread has ended, by itself or by `terminate`: the next call starts a new one. */
export function createOnDemandThread<Api>(
  start: (ended: () => void) => Thread<Api>,
  { asksAgain = true }: OnDemandOptions = {},
): OnDemandThread<Api> {
  let current: Running<Api> | null = null;
  let stopped = false;

  const running = (): Running<Api> => {
    if (stopped) throw new ChainPulseError("UNAVAILABLE", "ChainPulse is stopping");
    if (current !== null) return current;
    // One that was given up ends when its successor may have begun already.
    const ended = (): void => {
      if (current === started) current = null;
    };
    const started: Running<Api> = { thread: start(ended), failed: false };
    return (current = started);
  };

  const call = async (method: string, args: readonly unknown[], again = false): Promise<unknown> => {
    const asked = running();
    try {
      // Callers are typed by Remote<Api>; the thread refuses names that it does not have.
      const methods = asked.thread.calls as Record<string, (...rest: readonly unknown[]) => Promise<unknown>>;
      return await methods[method]?.(...args);
    } catch (error) {
      // `UNAVAILABLE` comes from the port, not from the work asked for: the thread hangs or is gone.
      if (!(error instanceof ChainPulseError) || error.code !== "UNAVAILABLE") throw error;
      const isFirst = !asked.failed;
      asked.failed = true;
      if (current === asked) {
        current = null;
        await asked.thread.terminate();
      }
      // Calls fail in the order in which they were asked, so the first is the one that the thread was busy with.
      if (isFirst || again || !asksAgain) throw error;
      return call(method, args, true);
    }
  };

  return {
    // Every method name is passed on, `then` excepted: awaiting the object must not call it.
    calls: new Proxy({} as Remote<Api>, {
      get: (_, name) => (typeof name !== "string" || name === "then" ? undefined : (...args: unknown[]) => call(name, args)),
    }),
    warm: () => void running(),
    isRunning: () => current !== null,
    stop: async () => {
      stopped = true;
      await current?.thread.terminate();
    },
  };
}
