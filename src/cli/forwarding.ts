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
  /** Starts, changes or ends the thread, as the configuration says. */
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

  const begin = async (): Promise<void> => {
    clearTimeout(restart);
    const started = start(() => {
      if (thread === started) thread = null;
      // What waits is in files: the next thread goes on where this one was.
      if (isWanted) restart = setTimeout(() => void begin().catch(report), restartMs);
    });
    thread = started;
    await started.calls.start();
  };
  const report = (error: unknown): void => logger.error("samples are not sent on", { error });
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
      try {
        if (thread === null) await begin();
        else await thread.calls.reconfigure(config);
      } catch (error) {
        // The rest of the node works without it; files that it cannot read may be there at the next change.
        report(error);
      }
    },
    stop: end,
  };
}
