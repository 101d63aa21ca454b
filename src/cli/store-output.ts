/** Where an export goes: stdout, or a file that appears when it is complete. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import type { Output } from "./command.ts";

export interface ExportOutput {
  /** Resolves when more is wanted; false: nobody reads any more. */
  write(chunk: string | Uint8Array): Promise<boolean>;
  /** Makes it last, under its name. */
  finish(): void;
  /** Takes back what was written, where that is possible. */
  abandon(): void;
}

/** Follows the reader's pace. A reader that has gone (`export | head`) is no error, see `main-thread.ts`. */
export function stdoutOutput(stdout: Output): ExportOutput {
  return {
    write: async (chunk) => {
      const written = Promise.withResolvers<boolean>();
      const hasRoom = stdout.write(chunk, (error) => written.resolve(error === null || error === undefined));
      return hasRoom || written.promise;
    },
    finish: () => undefined,
    abandon: () => undefined,
  };
}

/** A draft beside the file, readable by this user only. What is no regular file (a pipe, a device) is written to as it is. */
export function fileOutput(file: string): ExportOutput {
  const path = resolve(file);
  const isSpecial = statSync(path, { throwIfNoEntry: false })?.isFile() === false;
  const draft = isSpecial ? path : `${path}.${process.pid}.partial`;
  const descriptor = openSync(draft, isSpecial ? "w" : "wx", 0o600);
  return {
    write: async (chunk) => {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
      return true;
    },
    finish: () => {
      if (!isSpecial) fsyncSync(descriptor);
      closeSync(descriptor);
      if (!isSpecial) renameSync(draft, path);
    },
    abandon: () => {
      closeSync(descriptor);
      if (!isSpecial) rmSync(draft, { force: true });
    },
  };
}
