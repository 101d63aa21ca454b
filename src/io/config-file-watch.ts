/** Tells when the configuration file has changed, however the editor or the orchestrator replaces it. */
import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname } from "node:path";

export interface WatchOptions {
  /** Called when watching is not possible or has ended (directory removed, no inotify watches left); SIGHUP still reloads. */
  readonly onError: (error: Error) => void;
  /** Quiet time after the last event, so that a file is not read while it is being written. Default: 200 ms. */
  readonly debounceMs?: number;
}

/**
 * Calls `onChange` after the content behind `file` has changed. Watches the directory, not the file: editors rename a new file over
 * the old one, and Kubernetes swaps a symbolic link beside it; a watch on the file would end with the first change. A removed file
 * is no change: the configuration in force stays.
 */
export function watchConfig(file: string, onChange: () => void, options: WatchOptions): { close(): void } {
  const { onError, debounceMs = 200 } = options;
  let watcher: FSWatcher;
  let known: string | null;
  try {
    known = signatureOf(file);
    watcher = watch(dirname(file), { persistent: false });
  } catch (error) {
    // `node:fs` throws only errors.
    onError(error as Error);
    return { close: () => {} };
  }

  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    try {
      const signature = signatureOf(file);
      if (signature === null || signature === known) return;
      known = signature;
    } catch (error) {
      onError(error as Error);
      return;
    }
    onChange();
  };
  watcher.on("change", () => {
    clearTimeout(timer);
    timer = setTimeout(look, debounceMs).unref();
  });
  watcher.on("error", onError);
  return {
    close: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

/** Changes whenever the content may have changed; `null` where there is no such file. Follows links. */
function signatureOf(file: string): string | null {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}:${stat.ctimeMs}`;
}
