/**
 * JSON-lines log files in one directory: `chainpulse.log` is written, `chainpulse-<time>.log` are the rotated ones.
 *
 * Lines are written synchronously: there are few of them, a line that was written survives a crash, and a queue would need a bound
 * at which it loses exactly the lines that matter. Throws what `node:fs` throws; `logger.ts` falls back to stderr then.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";

export interface LogFileOptions {
  readonly directory: string;
  /** Size at which the file is rotated, in bytes. */
  readonly maxBytes: number;
  /** Rotated files that are kept. */
  readonly maxFiles: number;
  /** Age at which the file is rotated, and a rotated one deleted, in ms. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
}

export interface LogFile {
  /** Appends one line; the line end is added. */
  write(line: string): void;
  close(): void;
}

const currentName = "chainpulse.log";
/** Only files of exactly this form are ever deleted: the directory may hold other people's logs. */
const rotatedName = /^chainpulse-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}Z(-\d+)?\.log$/;

/** Opens the log in `directory`, which is made where it is missing; an earlier run's file is continued. */
export function openLogFile(options: LogFileOptions): LogFile {
  const { directory, maxBytes, maxAgeMs, clock } = options;
  mkdirSync(directory, { recursive: true, mode: 0o750 });
  const path = join(directory, currentName);
  let { descriptor, bytes, bornMs } = openCurrent(path, clock);
  deleteOld(options);

  const rotate = (): void => {
    closeSync(descriptor);
    renameSync(path, freeName(directory, clock.nowMs()));
    ({ descriptor, bytes, bornMs } = openCurrent(path, clock));
    deleteOld(options);
  };
  return {
    write: (line) => {
      const data = Buffer.from(`${line}\n`);
      const tooOld = clock.nowMs() - bornMs >= maxAgeMs;
      if (bytes > 0 && (bytes + data.length > maxBytes || tooOld)) rotate();
      writeAll(descriptor, data);
      bytes += data.length;
    },
    close: () => {
      fsyncSync(descriptor);
      closeSync(descriptor);
    },
  };
}

/** The kernel may take less than it is given (a nearly full disk); the rest then fails with the reason. */
function writeAll(descriptor: number, data: Buffer): void {
  for (let written = 0; written < data.length;) written += writeSync(descriptor, data, written);
}

function openCurrent(path: string, clock: Clock): { descriptor: number; bytes: number; bornMs: number } {
  const descriptor = openSync(path, "a", 0o640);
  const stat = fstatSync(descriptor);
  // File systems without a birth time report 0; the last change is then the nearest known time.
  const bornMs = stat.size === 0 ? clock.nowMs() : stat.birthtimeMs || stat.mtimeMs;
  return { descriptor, bytes: stat.size, bornMs };
}

function freeName(directory: string, nowMs: number): string {
  const stem = join(directory, `chainpulse-${new Date(nowMs).toISOString().replaceAll(":", "-")}`);
  let name = `${stem}.log`;
  for (let number = 1; statSync(name, { throwIfNoEntry: false }) !== undefined; number++) name = `${stem}-${number}.log`;
  return name;
}

function deleteOld({ directory, maxFiles, maxAgeMs, clock }: LogFileOptions): void {
  const names = readdirSync(directory)
    .filter((name) => rotatedName.test(name))
    .sort();
  const surplus = Math.max(0, names.length - maxFiles);
  for (const [index, name] of names.entries()) {
    const path = join(directory, name);
    const changedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (index < surplus || clock.nowMs() - changedMs >= maxAgeMs) rmSync(path, { force: true });
  }
}
