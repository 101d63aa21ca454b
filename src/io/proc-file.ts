/**
 * Reading `/proc` and `/sys`. A descriptor is opened once and read from position 0 at every tick: 2–5 times cheaper than opening
 * the file anew, and a descriptor kept on `/proc/<pid>/stat` can never read another process that got the same number.
 *
 * Reads are synchronous on purpose: these files are made by the kernel while they are read, nothing waits for a disk, and an
 * asynchronous read of 200 of them costs 36 ms instead of 1.3 ms.
 */
import { closeSync, openSync, readdirSync, readSync, realpathSync } from "node:fs";
import type { Absence, AbsenceReason } from "../core/absence.ts";

/** Why a file could not be read, as an absence: `open /proc/pressure/cpu: ENOENT`. */
export interface ReadFailure extends Absence {
  readonly path: string;
  readonly errno: string;
}

/** A file that is read again and again. */
export interface ProcFile {
  readonly path: string;
  /** The whole text (UTF-8), or why it cannot be had. A file that is gone is looked for at its path again. */
  read(): string | ReadFailure;
  close(): void;
}

/** A file that grows beyond this is refused with `EFBIG`: no file that we read comes near it. */
const maxBytes = 16 * 1024 * 1024;

/**
 * A file that is missing, forbidden or unsupported is tried again at every 32nd read: an exception costs 20–50 µs, and what is
 * missing at start (a kernel option, a device) seldom appears later.
 */
const readsBetweenAttempts = 32;

/** Reads are synchronous and their text is copied out before the next one, so that one buffer does for all files of a thread. */
let buffer = Buffer.allocUnsafeSlow(64 * 1024);

/** Makes a kept-open reader. Nothing is opened before the first `read()`, and nothing here throws for what the system refuses. */
export function openProcFile(path: string): ProcFile {
  let descriptor: number | null = null;
  let failure: ReadFailure | null = null;
  let readsToSkip = 0;

  const close = (): void => {
    if (descriptor !== null) closeSync(descriptor);
    descriptor = null;
  };

  const refuse = (operation: string, error: unknown): ReadFailure => {
    close();
    failure = failureOf(operation, path, error);
    // A source that only stopped answering (EIO, EAGAIN) may answer at the next tick.
    readsToSkip = failure.reason === "stale" ? 0 : readsBetweenAttempts - 1;
    return failure;
  };

  /** `reopened` stops the second attempt from making a third. */
  const readOpen = (reopened: boolean): string | ReadFailure => {
    if (descriptor === null) {
      try {
        descriptor = openSync(path, "r");
      } catch (error) {
        return refuse("open", error);
      }
      reopened = true;
    }
    try {
      const text = readToEnd(descriptor);
      failure = null;
      return text;
    } catch (error) {
      // What the descriptor pointed to is gone; something new may stand at the path (a replugged device, a re-created cgroup).
      if (reopened || !goneErrnos.has(errnoOf(error))) return refuse("read", error);
      close();
      return readOpen(true);
    }
  };

  return {
    path,
    read: () => {
      if (failure !== null && readsToSkip > 0) {
        readsToSkip--;
        return failure;
      }
      return readOpen(false);
    },
    close,
  };
}

/** A file that does not change while the system runs, or that is read once in a while: opened, read, closed. */
export function readOnce(path: string): string | ReadFailure {
  const file = openProcFile(path);
  const text = file.read();
  file.close();
  return text;
}

/** Names in a directory, without order, or why it cannot be listed. */
export function listDirectory(path: string): readonly string[] | ReadFailure {
  try {
    return readdirSync(path);
  } catch (error) {
    return failureOf("open", path, error);
  }
}

/** Names of the directories in a directory, links to directories left out, without order; or why it cannot be listed. */
export function listSubdirectories(path: string): readonly string[] | ReadFailure {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch (error) {
    return failureOf("open", path, error);
  }
}

/** Where a symbolic link leads in the end: sysfs tells by links which device something belongs to. */
export function resolvePath(path: string): string | ReadFailure {
  try {
    return realpathSync(path);
  } catch (error) {
    return failureOf("open", path, error);
  }
}

/** Reads until the kernel returns 0: files made by seq_file give at most a page (4 KB) at a time. */
function readToEnd(descriptor: number): string {
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, length);
    if (count === 0) return buffer.toString("utf8", 0, length);
    length += count;
    if (length === buffer.length) growBuffer();
  }
}

function growBuffer(): void {
  if (buffer.length >= maxBytes) throw Object.assign(new Error(`longer than ${maxBytes} bytes`), { code: "EFBIG" });
  const grown = Buffer.allocUnsafeSlow(buffer.length * 2);
  buffer.copy(grown);
  buffer = grown;
}

/** The kept descriptor outlived its object: ESRCH a process, ENODEV a device or cgroup, ENOENT a removed entry. */
const goneErrnos: ReadonlySet<string> = new Set(["ESRCH", "ENODEV", "ENOENT"]);

/** Source of the meanings: errno(3) and what proc, sysfs, hwmon and powercap return for each case. */
const reasonByErrno: Readonly<Record<string, AbsenceReason>> = {
  ENOENT: "not_present",
  ENOTDIR: "not_present",
  ENODEV: "not_present",
  ENXIO: "not_present",
  ESRCH: "not_present",
  EACCES: "no_permission",
  EPERM: "no_permission",
  EOPNOTSUPP: "unsupported",
  ENOTSUP: "unsupported",
  ENOSYS: "unsupported",
  EINVAL: "unsupported",
  EFBIG: "unsupported",
};

/** An exception of `node:fs` as a failure. An errno without a meaning of its own (EIO, EAGAIN, EMFILE …) is `stale`. */
export function failureOf(operation: string, path: string, error: unknown): ReadFailure {
  const errno = errnoOf(error);
  const reason = reasonByErrno[errno] ?? "stale";
  const failure = { reason, detail: `${operation} ${path}: ${errno}`, path, errno };
  return reason === "no_permission"
    ? { ...failure, fix: `Let the user that runs ChainPulse read ${path}, or run it as root.` }
    : failure;
}

/** Errors that are not the system's (a bug of ours) are thrown on. */
function errnoOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}
