/** The forward thread's life: it is there while something is configured to be sent, and is started anew when it ends by itself. */
import type { Config } from "../core/config.ts";
import type { Logger } from "../core/logger.ts";
import type { Thread } from "../io/worker-thread.ts";
import type { ForwardApi } from "../collect/forward/api.ts";
import { outboxLimitsOf } from "../collect/forward/configured.ts";

const restartMs = 1000;
/** What is sent at the end at most, after the last tick. */
const drainMs = 2000;

export interface Forwarding {
  /** Starts, changes or ends the thread, as the configuration says. The rest of the node works without it: what fails is tried again. */
  apply(config: Config): Promise<void>;
  stop(): Promise<void>;
}

export interface ForwardingOptions {
  readonly start: (onExit: () => void) => Thread<ForwardApi>;
  readonly logger: Logger;
}

export function createForwarding({ start, logger }: ForwardingOptions): Forwarding {
  let thread: Thread<ForwardApi> | null = null;
  let restart: NodeJS.Timeout | undefined;
  let isWanted = false;
  /** What was told last, until a thread does what it is asked for. */
  let trouble: string | null = null;

  const report = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    if (message !== trouble) logger.error("samples are not sent on", { error });
    trouble = message;
  };
  /** One that does not do it would be there and send nothing: it is ended, and the next one tries again. */
  const ask = async (asked: Thread<ForwardApi>, work: Promise<void>): Promise<void> => {
    try {
      await work;
      trouble = null;
    } catch (error) {
      report(error);
      await asked.terminate();
    }
  };
  const begin = async (): Promise<void> => {
    clearTimeout(restart);
    const started = start(() => {
      // It was told to end, or is replaced already.
      if (thread !== started) return;
      thread = null;
      // What waits is in files: the next thread goes on where this one was.
      if (isWanted) restart = setTimeout(() => void begin().catch(report), restartMs);
    });
    thread = started;
    await ask(started, started.calls.start());
  };
  const end = async (): Promise<void> => {
    isWanted = false;
    clearTimeout(restart);
    const ending = thread;
    thread = null;
    if (ending === null) return;
    await ending.calls.stop(drainMs).catch(report);
    await ending.terminate();
  };

  return {
    async apply(config) {
      if (outboxLimitsOf(config) === null) return end();
      isWanted = true;
      if (thread === null) await begin().catch(report);
      else await ask(thread, thread.calls.reconfigure(config));
    },
    stop: end,
  };
}
