/** `/proc/<pid>/io`, from bytes. Source: proc_pid_io(5); kernel `fs/proc/base.c`, `do_io_accounting`. */

export interface ProcessIo {
  /** Bytes that were fetched from storage; the page cache's hits are not in it. */
  readonly readBytes: number;
  /**
   * Bytes that were made dirty or sent to storage. What was truncated before it got there (`cancelled_write_bytes`) is not taken
   * off: it counts for the process that truncates, so that the difference could fall.
   */
  readonly writtenBytes: number;
}

const zero = 48;
const newline = 10;
const colon = 58;

/** Lines in the kernel's order: rchar, wchar, syscr, syscw, read_bytes, write_bytes. */
const readLine = 4;
const writtenLine = 5;

const values = new Float64Array(writtenLine + 1);

/** `null` when the lines are not there (an empty read of a process that is ending). */
export function parseProcessIo(bytes: Uint8Array, length: number): ProcessIo | null {
  let at = 0;
  for (let line = 0; line <= writtenLine; line++) {
    while (at < length && bytes[at] !== colon) at++;
    at += 2;
    if (at >= length) return null;
    let value = 0;
    for (; at < length && bytes[at] !== newline; at++) value = value * 10 + ((bytes[at] ?? zero) - zero);
    values[line] = value;
  }
  return { readBytes: values[readLine] ?? 0, writtenBytes: values[writtenLine] ?? 0 };
}
