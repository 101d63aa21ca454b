/**
 * Where a job's targets come from: its configuration, and files that are read anew when they change. A file that cannot be read or is
 * wrong keeps the targets that it had.
 */
import type { ScrapeJobConfig } from "../../../core/config-scrape.ts";
import { timerMsMax } from "../../../core/clock.ts";
import { parseDuration } from "../../../core/duration.ts";
import type { Logger } from "../../../core/logger.ts";
import { matchPaths, readText } from "../../../io/text-file.ts";
import { watchFiles } from "../../../io/watch-files.ts";
import { type DiscoveredLabels, readTargetFile, targetsOf } from "./target-groups.ts";

/** Files of one job, and bytes of one of them. */
const filesMax = 1000;
const fileBytesMax = 16 * 1024 * 1024;

export interface Discovery {
  targets(): readonly DiscoveredLabels[];
  /** What is wrong now, for people. */
  problems(): readonly string[];
  close(): void;
}

interface KnownFile {
  readonly targets: readonly DiscoveredLabels[];
  readonly problem: string | null;
}

/** Reads all files at once; calls `onChange` when what they say has changed. */
export function startDiscovery(config: ScrapeJobConfig, logger: Logger, onChange: () => void): Discovery {
  const fixed = (config.static_configs ?? []).flatMap(({ targets, labels }) => targetsOf(targets, labels));
  const configs = config.file_sd_configs ?? [];
  const patterns = configs.flatMap(({ files }) => files);
  const texts = new Map<string, string>();
  const files = new Map<string, KnownFile>();

  /** Whether anything has changed. */
  const look = (): boolean => {
    const paths = new Set(patterns.flatMap((pattern) => matchPaths(pattern, "/")).slice(0, filesMax));
    let changed = false;
    for (const path of files.keys()) {
      if (paths.has(path)) continue;
      files.delete(path);
      texts.delete(path);
      changed = true;
    }
    for (const path of paths) changed = lookAt(path) || changed;
    return changed;
  };
  const lookAt = (path: string): boolean => {
    const before = files.get(path);
    try {
      const text = readText(path, fileBytesMax);
      if (before !== undefined && before.problem === null && texts.get(path) === text) return false;
      files.set(path, { targets: readTargetFile(text, path), problem: null });
      texts.set(path, text);
      return true;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (before?.problem === problem) return false;
      logger.warn("targets cannot be read; those of before stay", { file: path, error: problem });
      files.set(path, { targets: before?.targets ?? [], problem });
      return true;
    }
  };

  look();
  const refreshMs = Math.min(
    timerMsMax,
    ...configs.map(({ refresh_interval: interval }) => parseDuration(interval) ?? timerMsMax),
  );
  const watch =
    patterns.length === 0
      ? null
      : watchFiles(
          {
            patterns,
            refreshMs,
            onUnwatched: (directory, error) => logger.warn("a directory of targets is not watched", { directory, error }),
          },
          () => {
            if (look()) onChange();
          },
        );
  return {
    targets: () => [...fixed, ...[...files.values()].flatMap(({ targets }) => targets)],
    problems: () => [...files.values()].flatMap(({ problem }) => (problem === null ? [] : [problem])),
    close: () => watch?.close(),
  };
}
