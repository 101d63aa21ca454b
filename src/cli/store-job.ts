/** What the actions of `chainpulse store` share: what they are given, how they show progress, how they print times and sizes. */
import { existsSync } from "node:fs";
import type { Config } from "../core/config.ts";
import { ChainPulseError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { escapeText } from "../io/log-format.ts";
import type { CommandContext, Output } from "./command.ts";

export const storeActions = ["stats", "verify", "backup", "restore", "export", "import"] as const;
export type StoreAction = (typeof storeActions)[number];

/** The flags as given; which of them an action takes was checked. */
export interface StoreOptions {
  readonly quick?: boolean;
  readonly force?: boolean;
  readonly format?: string;
  readonly match?: string;
  readonly from?: string;
  readonly to?: string;
  readonly output?: string;
  readonly json?: boolean;
}

export interface StoreJob {
  readonly context: CommandContext;
  readonly options: StoreOptions;
  /** Empty for actions that take none. */
  readonly path: string;
  readonly config: Config;
  readonly dataDir: string;
}

/** What the system says about a file that the user named. */
export function fileError(doing: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error && "syscall" in error)) return error;
  return new ChainPulseError("FILE_UNUSABLE", `cannot ${doing} ${path}: ${error.message}`, { cause: error });
}

/** Throws `NOT_FOUND` for a data directory that is not there: an empty answer would look like an empty store. */
export function requireDataDir({ dataDir }: StoreJob): void {
  if (existsSync(dataDir)) return;
  throw new ChainPulseError("NOT_FOUND", `there is no data directory ${dataDir}`, {
    fix: "Name it with --data-dir, or the configuration that says it with --config.",
  });
}

/** What the store has to say while it is read: one line each on stderr. */
export function storeLogger({ stderr }: CommandContext): Logger {
  const say = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const path = typeof fields["path"] === "string" ? `${fields["path"]}: ` : "";
    stderr.write(`${escapeText(`${path}${message}`)}\n`);
  };
  const logger: Logger = { debug: () => undefined, info: () => undefined, warn: say, error: say, child: () => logger };
  return logger;
}

/** Shortest time between two updates of a progress line, ms. */
const progressMs = 200;

/** Carriage return, then ECMA-48's "erase in line". */
const wipe = "\r\u001b[K";

/** A line that is written over itself, on a terminal only; at the end of its scope it is wiped away. */
export class Progress implements Disposable {
  readonly #stderr: Output;
  #lastMs: number | null = null;

  constructor(stderr: Output) {
    this.#stderr = stderr;
  }

  update(text: string): void {
    if (!this.#stderr.isTTY || (this.#lastMs !== null && performance.now() - this.#lastMs < progressMs)) return;
    this.#lastMs = performance.now();
    this.#stderr.write(`${wipe}${text}`);
  }

  [Symbol.dispose](): void {
    if (this.#lastMs !== null) this.#stderr.write(wipe);
  }
}

/** Runs `work` with a progress line. */
export async function withProgress<T>(stderr: Output, work: (progress: Progress) => T | Promise<T>): Promise<T> {
  using progress = new Progress(stderr);
  return await work(progress);
}

/** `verb 42 %` */
export function percentOf(progress: Progress, verb: string): (done: number, total: number) => void {
  return (done, total) => progress.update(`${verb} ${total === 0 ? 100 : Math.floor((100 * done) / total)} %`);
}

const units = ["B", "kB", "MB", "GB", "TB"];

/** `1.8 GB`; three digits at most before the point. */
export function sizeText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** `1,825,200` */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** `2026-11-25T12:00:00Z`, or `absent`. */
export function timeText(timeMs: number | null, absent: string): string {
  return timeMs === null ? absent : `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}
