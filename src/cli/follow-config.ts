/** The configuration in force: taken over anew on SIGHUP and when its file changes; a wrong one is refused and the old one stays. */
import { isDeepStrictEqual } from "node:util";
import { systemClock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";
import type { Config } from "../core/config.ts";
import type { Logger } from "../core/logger.ts";
import type { LoadedConfig } from "../io/config-file.ts";
import { watchConfig } from "../io/config-file-watch.ts";

/** Settings that a running node cannot change: it would have to let go of its files, its name or its queries. */
const fixedSettings = ["storage", "node", "query"] as const;

export interface FollowedConfig {
  current(): Config;
  info(): {
    readonly file: string | null;
    readonly warnings: readonly string[];
    readonly error: string | null;
    readonly loadedAtMs: number;
    readonly errorAtMs: number | null;
  };
  /** Begins to listen for SIGHUP and changes of the file; the returned function ends it. */
  follow(): () => void;
}

/** `Loaded`: the configuration, and what else is read with it. */
export interface FollowOptions<Loaded extends LoadedConfig> {
  readonly loaded: Loaded;
  readonly reload: () => Promise<Loaded>;
  readonly logger: Logger;
  /**
   * Puts the configuration that `current` now gives into force; `changed` is false when only files that it names may have changed.
   * When it rejects, the configuration before holds on. `next`: as it was read.
   */
  readonly apply: (changed: boolean, next: Loaded) => Promise<void>;
}

export function followConfig<Loaded extends LoadedConfig>(options: FollowOptions<Loaded>): FollowedConfig {
  const { loaded, reload, logger, apply } = options;
  let { config, warnings } = loaded;
  let error: string | null = null;
  let loadedAtMs = systemClock.nowMs();
  let errorAtMs: number | null = null;
  let reloading = Promise.resolve();

  const take = async (): Promise<void> => {
    const before = config;
    try {
      const next = await reload();
      const fixed = fixedSettings.filter((key) => !isDeepStrictEqual(next.config[key], loaded.config[key]));
      const { storage, node, query } = loaded.config;
      config = { ...next.config, storage, node, query };
      await apply(!isDeepStrictEqual(config, before), next);
      warnings = [...next.warnings, ...fixed.map((key) => `${key}: a change takes effect at the next start`)];
      error = null;
      errorAtMs = null;
      loadedAtMs = systemClock.nowMs();
      logger.info("configuration taken over", { file: next.file, warnings });
    } catch (cause) {
      config = before;
      error = cause instanceof Error ? cause.message : String(cause);
      errorAtMs = systemClock.nowMs();
      logger.error("configuration refused, the one before stays in force", {
        // What is wrong in the file stands in the sentence; where in our code it was noticed helps only with a surprise.
        error: cause instanceof ChainPulseError ? cause.message : cause,
      });
    }
  };
  // One after the other: two quick changes must end with the later one.
  const onChange = (): void => {
    reloading = reloading.then(take);
  };

  return {
    current: () => config,
    info: () => ({ file: loaded.file, warnings, error, loadedAtMs, errorAtMs }),
    follow: () => {
      process.on("SIGHUP", onChange);
      const watch =
        loaded.file === null
          ? null
          : watchConfig(loaded.file, onChange, {
              onError: (cause) => logger.warn("the configuration file is not watched; SIGHUP still reloads", { error: cause }),
            });
      return () => {
        process.off("SIGHUP", onChange);
        watch?.close();
      };
    },
  };
}
