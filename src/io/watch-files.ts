/** Tells when files may have changed that a pattern names: soon where the system says so, and in any case from time to time. */
import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import { isPattern } from "./text-file.ts";

export interface WatchFilesOptions {
  /** Absolute; the last part may be a pattern. */
  readonly patterns: readonly string[];
  /** Longest time without a call. */
  readonly refreshMs: number;
  /** A directory that is not watched (there is none, or no watch is left): files in it are looked at every `refreshMs`. */
  readonly onUnwatched: (directory: string, error: Error) => void;
}

/** Quiet time after the last event, so that a file is not read while it is being written. */
const debounceMs = 100;

/** Watches directories, because files are replaced by renaming others over them. */
export function watchFiles(options: WatchFilesOptions, onChange: () => void): { close(): void } {
  const watchers: FSWatcher[] = [];
  let quiet: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(onChange, debounceMs).unref();
  };
  for (const directory of new Set(options.patterns.map(directoryOf))) {
    const unwatched = (error: Error): void => options.onUnwatched(directory, error);
    try {
      const watcher = watch(directory, { persistent: false });
      watcher.on("change", soon);
      watcher.on("error", unwatched);
      watchers.push(watcher);
    } catch (error) {
      unwatched(error instanceof Error ? error : new Error(String(error)));
    }
  }
  const refresh = setInterval(onChange, options.refreshMs).unref();
  return {
    close() {
      clearTimeout(quiet);
      clearInterval(refresh);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** The directory in which all of the files lie, or above it. */
function directoryOf(pattern: string): string {
  let directory = dirname(pattern);
  while (isPattern(directory)) directory = dirname(directory);
  return directory;
}
