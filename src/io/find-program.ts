/** Where a program is that a user may have installed. Looked up, not just started: its absence is to be told before anything runs. */
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** The path of the program that the directories of `PATH` have first, with symbolic links followed; `null` where none has it. */
export function findProgram(name: string, path: string | undefined): string | null {
  for (const directory of (path ?? "").split(delimiter)) {
    // An empty or relative entry is whatever directory one happens to be in: what lies there is not run.
    const candidate = join(directory, name);
    if (isAbsolute(directory) && isProgram(candidate)) return realpathSync(candidate);
  }
  return null;
}

/** Whether there is a file that this process may execute. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not ours to execute: both mean that the next place is looked at.
    return false;
  }
}
