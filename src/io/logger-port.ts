/** Logging from worker threads: their lines travel over the message port, so that only the main thread writes files. */
import type { MessagePort, Worker } from "node:worker_threads";
import type { Clock } from "../core/clock.ts";
import type { Logger, LogLevel } from "../core/logger.ts";
import type { LogRecord } from "./log-format.ts";
import { levelMethods, passes, type RootLogger } from "./logger.ts";

/** Lines per second that one thread may send: the port's queue has no bound of its own. */
const linesPerSecondMax = 500;

interface LogMessage {
  readonly log: LogRecord;
}

export interface PortLogger extends Logger {
  setLevel(level: LogLevel): void;
}

export interface PortLoggerOptions {
  readonly port: Pick<MessagePort, "postMessage">;
  readonly level: LogLevel;
  readonly clock: Clock;
}

/** The logger of a worker thread. Beyond 500 lines a second lines are dropped, and the next second starts by saying how many. */
export function createPortLogger({ port, level, clock }: PortLoggerOptions): PortLogger {
  let threshold = level;
  let second = 0;
  let sent = 0;

  const post = (record: LogRecord): void => port.postMessage({ log: record } satisfies LogMessage);
  const write = (record: LogRecord): void => {
    if (!passes(record.level, threshold)) return;
    const now = Math.floor(clock.monotonicMs() / 1000);
    if (now !== second) {
      const dropped = Math.max(0, sent - linesPerSecondMax);
      second = now;
      sent = 0;
      if (dropped > 0)
        post({ timeMs: record.timeMs, level: "warn", message: "log lines dropped: too many", fields: { dropped } });
    }
    sent += 1;
    if (sent <= linesPerSecondMax) post(record);
  };
  return {
    ...levelMethods(write, clock, {}),
    setLevel: (next) => {
      threshold = next;
    },
  };
}

/** Writes the lines that arrive on `port` with the main thread's logger, marked with the thread's name. Other messages pass by. */
export function receiveLogs(port: Pick<MessagePort | Worker, "on">, logger: Pick<RootLogger, "write">, thread: string): void {
  port.on("message", (message: unknown) => {
    if (isLogMessage(message)) logger.write({ ...message.log, fields: { thread, ...message.log.fields } });
  });
}

function isLogMessage(message: unknown): message is LogMessage {
  return typeof message === "object" && message !== null && "log" in message && !("id" in message);
}
