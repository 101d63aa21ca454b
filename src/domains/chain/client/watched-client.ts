/** One client under care: its `watch` runs, and is begun anew when it has ended by itself, or when the client was started anew. */
import { setTimeout as wait } from "node:timers/promises";
import type { ClientContext, ClientKind } from "./client-kind.ts";
import type { ClientSession } from "./client-session.ts";
import { watchConfiguredPort } from "./p2p-port.ts";

export interface WatchedClient {
  readonly session: ClientSession;
  /** Begins anew, at once: what is remembered of the client's process is not so any more. */
  again(): void;
  /** The client is known no more, at once; resolves when all that watching it held has ended. */
  close(): Promise<void>;
}

/** A watch that has failed is begun anew after that long: such a failure is ours, and would come again at once. */
const pauseMs = 30_000;

export function watchClient(kind: ClientKind, session: ClientSession): WatchedClient {
  const closing = new AbortController();
  let round = new AbortController();
  /** Raised by `again`, and by `close`. */
  const nextSignal = (): AbortSignal => {
    round = new AbortController();
    return AbortSignal.any([closing.signal, round.signal]);
  };

  /** Ends with the signal, or when the kind's own watch has ended by itself: what still runs of it then ends, too. */
  const watchOnce = async (context: ClientContext): Promise<void> => {
    const port = watchConfiguredPort(context);
    const ended = await kind.watch(context).then(() => new Error("watching it has ended"), asError);
    if (context.signal.aborted) return port;
    context.logger.error("the client is not watched any more; it is begun anew", { error: ended });
    context.clear(ended);
    round.abort();
    await port;
    await wait(pauseMs, undefined, { signal: nextSignal(), ref: false }).catch(endOfWait);
  };
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) await watchOnce(session.contextFor(nextSignal()));
  };
  const running = run();

  return {
    session,
    again: () => round.abort(),
    close() {
      closing.abort();
      session.close();
      return running;
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function endOfWait(): void {
  // The signal: nothing is waited for any more.
}
