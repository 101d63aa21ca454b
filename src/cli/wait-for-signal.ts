/** The end of a running program: a signal, or a part that has failed. A second signal ends at once. */

export interface Ending {
  /** Resolves with the exit code when the program should end. */
  readonly code: Promise<number>;
  end(code: number): void;
  /** Gives the signals back to the system. */
  release(): void;
}

/** Exit status of a process that a signal ended, as shells report it: 128 + the signal's number. */
const interrupted = 130;

export function waitForSignal(signals: Pick<NodeJS.Process, "on" | "off" | "exit"> = process): Ending {
  const { promise, resolve } = Promise.withResolvers<number>();
  let seen = 0;
  const onSignal = (): void => {
    if (++seen > 1) signals.exit(interrupted);
    resolve(0);
  };
  signals.on("SIGINT", onSignal);
  signals.on("SIGTERM", onSignal);
  return {
    code: promise,
    end: resolve,
    release: () => {
      signals.off("SIGINT", onSignal);
      signals.off("SIGTERM", onSignal);
    },
  };
}
