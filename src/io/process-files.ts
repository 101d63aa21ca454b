/**
 * Reading the same small file of hundreds of processes at every tick. Unlike `proc-file.ts`, nothing is kept per file but its
 * descriptor, bytes stay bytes (one buffer for all), and nothing is opened anew behind the caller's back: a descriptor that is kept
 * on `/proc/<pid>/stat` fails with ESRCH once its process has ended and never reads another one with the same number.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { type ReadFailure, failureOf } from "./proc-file.ts";

/**
 * Longer than any `/proc/<pid>/{stat,io}` (52 numbers of 20 digits, a name of 64 bytes) and than `status` of a process in a thousand
 * groups; what does not fit is cut off.
 */
const bufferBytes = 16 * 1024;

export interface KeptFile {
  readonly path: string;
  readonly descriptor: number;
}

export interface ProcessFiles {
  /** What the last `read` found, from index 0; overwritten by the next one. */
  readonly bytes: Uint8Array;
  open(path: string): KeptFile | ReadFailure;
  /** Reads from the start: the number of bytes, or why not (`not_present`: the process has ended). */
  read(file: KeptFile): number | ReadFailure;
  /** The same as text, one character per byte; `null` when it cannot be read. For files that are ASCII but for a name. */
  readText(file: KeptFile): string | null;
  close(file: KeptFile): void;
}

export function createProcessFiles(): ProcessFiles {
  const bytes = Buffer.allocUnsafeSlow(bufferBytes);
  const read = ({ path, descriptor }: KeptFile): number | ReadFailure => {
    try {
      return readSync(descriptor, bytes, 0, bufferBytes, 0);
    } catch (error) {
      return failureOf("read", path, error);
    }
  };
  return {
    bytes,
    read,
    readText: (file) => {
      const length = read(file);
      return typeof length === "number" ? bytes.toString("latin1", 0, length) : null;
    },
    open: (path) => {
      try {
        return { path, descriptor: openSync(path, "r") };
      } catch (error) {
        return failureOf("open", path, error);
      }
    },
    close: ({ descriptor }) => closeSync(descriptor),
  };
}
