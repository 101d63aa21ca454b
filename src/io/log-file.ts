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
  readSync,
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
  /** Writes through to the disk and closes it, also where the disk does not take it. */
  close(): void;
  /** Lets go of it after a failure; does nothing where it is closed already. Never throws. */
  abandon(): void;
}

const currentName = "chainpulse.log";
/** Only files of exactly this form are ever deleted: the directory may hold other people's logs. */
const rotatedName = /^chainpulse-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}Z(-\d+)?\.log$/;

/** Opens the log in `directory`, which is made where it is missing; an earlier run's file is continued. */
export function openLogFile(options: LogFileOptions): LogFile {
  const { directory, maxBytes, maxAgeMs, clock } = options;
  mkdirSync(directory, { recursive: true, mode: 0o750 });
  const path = join(directory, currentName);
  let current: CurrentFile | null = openCurrent(path, clock);
  const close = (): void => {
    const descriptor = current?.descriptor;
    // First: a number that was closed may be another file's in the next moment, whatever closing says.
    current = null;
    if (descriptor !== undefined) closeSync(descriptor);
  };
  const abandon = (): void => {
    try {
      close();
    } catch {
      // There is nothing left to be done about it, and the failure before it is the one that is told.
    }
  };
  const tidy = (): void => {
    try {
      deleteOld(options);
    } catch (error) {
      abandon();
      throw error;
    }
  };
  const rotate = (): CurrentFile => {
    close();
    renameSync(path, freeName(directory, clock.nowMs()));
    const opened = (current = openCurrent(path, clock));
    tidy();
    return opened;
  };
  tidy();
  return {
    write: (line) => {
      if (current === null) throw new Error("the log file is closed");
      const data = `${line}\n`;
      const isOld = clock.nowMs() - current.bornMs >= maxAgeMs;
      const isFull = current.bytes + Buffer.byteLength(data) > maxBytes;
      append(current.bytes > 0 && (isFull || isOld) ? rotate() : current, data);
    },
    close: () => {
      try {
        if (current !== null) fsyncSync(current.descriptor);
      } finally {
        close();
      }
    },
    abandon,
  };
}

interface CurrentFile {
  readonly descriptor: number;
  readonly bornMs: number;
  bytes: number;
  /** Its last line was cut off: by a full disk, or by a loss of power. */
  isCut: boolean;
}

/** The kernel may take less than it is given (a nearly full disk); the rest then fails with the reason. */
function append(file: CurrentFile, text: string): void {
  const data = Buffer.from(file.isCut ? `\n${text}` : text);
  for (let written = 0; written < data.length;) {
    const taken = writeSync(file.descriptor, data, written);
    written += taken;
    file.bytes += taken;
    file.isCut = written < data.length;
  }
}

function openCurrent(path: string, clock: Clock): CurrentFile {
  // To append, and to look at its end.
  const descriptor = openSync(path, "a+", 0o640);
  try {
    const { size: bytes, birthtimeMs, mtimeMs } = fstatSync(descriptor);
    // File systems without a birth time report 0; the last change is then the nearest known time.
    const bornMs = bytes === 0 ? clock.nowMs() : birthtimeMs || mtimeMs;
    const last = Buffer.from("\n");
    if (bytes > 0) readSync(descriptor, last, 0, 1, bytes - 1);
    return { descriptor, bornMs, bytes, isCut: last.toString("latin1") !== "\n" };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
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
