/**
 * A thread that is started at the first call, and anew after it has ended or hung. What a user asks can cost that user an
 * answer, never the process.
 */
import { ChainPulseError } from "../core/errors.ts";
import type { Remote } from "./rpc.ts";
import type { Thread } from "./worker-thread.ts";

export interface OnDemandThread<Api> {
  readonly calls: Remote<Api>;
  /** Starts the thread ahead of the first call. */
  warm(): void;
  /** The thread has ended by itself: the next call starts a new one. */
  ended(): void;
  stop(): Promise<void>;
}

export function createOnDemandThread<Api>(start: () => Thread<Api>): OnDemandThread<Api> {
  let thread: Thread<Api> | null = null;
  let stopped = false;

  const running = (): Thread<Api> => {
    if (stopped) throw new ChainPulseError("UNAVAILABLE", "ChainPulse is stopping");
    thread ??= start();
    return thread;
  };

  const call = async (method: string, args: readonly unknown[]): Promise<unknown> => {
    const current = running();
    try {
      // Callers are typed by Remote<Api>; the thread refuses names that it does not have.
      const methods = current.calls as Record<string, (...rest: readonly unknown[]) => Promise<unknown>>;
      return await methods[method]?.(...args);
    } catch (error) {
      // `UNAVAILABLE` comes from the port, not from the work asked for: the thread hangs or is gone.
      if (error instanceof ChainPulseError && error.code === "UNAVAILABLE" && thread === current) {
        thread = null;
        await current.terminate();
      }
      throw error;
    }
  };

  return {
    // Every method name is passed on, `then` excepted: awaiting the object must not call it.
    calls: new Proxy({} as Remote<Api>, {
      get: (_, name) => (typeof name !== "string" || name === "then" ? undefined : (...args: unknown[]) => call(name, args)),
    }),
    warm: () => void running(),
    ended: () => {
      thread = null;
    },
    stop: async () => {
      stopped = true;
      await thread?.terminate();
    },
  };
}
