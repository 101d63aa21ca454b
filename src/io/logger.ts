/**
 * The program's logger. Lines go to stderr: short ones to a terminal, JSON lines elsewhere; with `logging.output_dir` every line
 * goes to the log files and only warnings and errors to stderr too. A directory that cannot be written costs one warning: everything
 * goes to stderr then, `problem` says why, and the files are tried again once a minute.
 */
import type { Clock } from "../core/clock.ts";
import type { Config } from "../core/config.ts";
import { type LogFields, type Logger, type LogLevel, logLevels } from "../core/logger.ts";
import { type LogFile, openLogFile } from "./log-file.ts";
import { formatHumanLine, formatJsonLine, type LogRecord, plainFields } from "./log-format.ts";

const retryAfterMs = 60_000;
const dayMs = 86_400_000;

export interface LoggerOptions {
  readonly settings: Config["logging"];
  readonly stderr: Pick<NodeJS.WriteStream, "isTTY" | "write">;
  readonly clock: Clock;
  /** Colours on a terminal; the caller knows `NO_COLOR`. */
  readonly colour: boolean;
}

export interface RootLogger extends Logger {
  /** Why the log files are not written, with the fix; `null` while they are, or none are wanted. */
  readonly problem: string | null;
  /** Takes in a line that another thread made; it is filtered by this logger's level. */
  write(record: LogRecord): void;
  /** Takes over changed settings: the level at once, the files on the next line. */
  reconfigure(settings: Config["logging"]): void;
  /** Writes through to the disk and closes the files; later lines go to stderr. */
  close(): void;
}

/** The logger of the main thread: the only one that writes. */
export function createLogger(options: LoggerOptions): RootLogger {
  const sink = new LogSink(options);
  return {
    ...levelMethods((record) => sink.write(record), options.clock, {}),
    get problem() {
      return sink.problem;
    },
    write: (record) => sink.write(record),
    reconfigure: (settings) => sink.reconfigure(settings),
    close: () => sink.close(),
  };
}

/** A logger over `write`; shared by the main thread's logger and those of the workers. */
export function levelMethods(write: (record: LogRecord) => void, clock: Clock, base: LogFields): Logger {
  const log =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      write({ timeMs: clock.nowMs(), level, message, fields: plainFields({ ...base, ...fields }) });
  return {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    child: (fields) => levelMethods(write, clock, { ...base, ...fields }),
  };
}

/** Whether a line of `level` is written when `threshold` is set. */
export function passes(level: LogLevel, threshold: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(threshold);
}

class LogSink {
  readonly #options: LoggerOptions;
  #settings: Config["logging"];
  #file: LogFile | null = null;
  #problem: string | null = null;
  #openAgainMs = 0;

  constructor(options: LoggerOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#open();
  }

  get problem(): string | null {
    return this.#problem;
  }

  write(record: LogRecord): void {
    if (!passes(record.level, this.#settings.level)) return;
    const inFile = this.#writeFile(record);
    if (!inFile || passes(record.level, "warn")) this.#writeStderr(record);
  }

  reconfigure(settings: Config["logging"]): void {
    this.close();
    this.#settings = settings;
    this.#problem = null;
    this.#open();
  }

  close(): void {
    const file = this.#file;
    this.#file = null;
    this.#openAgainMs = Number.POSITIVE_INFINITY;
    if (file !== null) this.#attempt(() => file.close());
  }

  #writeFile(record: LogRecord): boolean {
    if (this.#file === null && this.#options.clock.monotonicMs() >= this.#openAgainMs) this.#open();
    const file = this.#file;
    if (file === null || !this.#attempt(() => file.write(formatJsonLine(record)))) return false;
    // Not where it is opened: a full disk lets it be opened each minute, and would be a new problem each time.
    this.#problem = null;
    return true;
  }

  #open(): void {
    const { output_dir: directory, max_file_bytes: maxBytes, max_files: maxFiles, max_age_days } = this.#settings;
    this.#openAgainMs = Number.POSITIVE_INFINITY;
    if (directory === undefined) return;
    this.#attempt(() => {
      this.#file = openLogFile({ directory, maxBytes, maxFiles, maxAgeMs: max_age_days * dayMs, clock: this.#options.clock });
    });
  }

  /** Does something with the files; where that fails, says so once and leaves them alone for a while. */
  #attempt(action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      const { clock } = this.#options;
      const reason = error instanceof Error ? error.message : String(error);
      const isNew = this.#problem === null;
      this.#problem = `log files in ${this.#settings.output_dir} cannot be written (${reason}); make the directory writable for this user`;
      // What is in it is as safe as it can be made on a disk that has just failed. Left open, each attempt would keep a number and, of a
      // file that has been deleted since, the room.
      this.#file?.abandon();
      this.#file = null;
      this.#openAgainMs = clock.monotonicMs() + retryAfterMs;
      if (isNew)
        this.#writeStderr({ timeMs: clock.nowMs(), level: "warn", message: `${this.#problem}; logging to stderr`, fields: {} });
      return false;
    }
  }

  #writeStderr(record: LogRecord): void {
    const { stderr, colour } = this.#options;
    stderr.write(`${stderr.isTTY ? formatHumanLine(record, colour) : formatJsonLine(record)}\n`);
  }
}
