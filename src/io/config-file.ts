/**
 * Finds, reads and checks the configuration file, and lays flags and environment over it.
 *
 * Precedence: flags > environment > file > default. The file is the first of: `--config`, `CHAINPULSE_CONFIG`, `./chainpulse.yaml`,
 * `$XDG_CONFIG_HOME/chainpulse/config.yaml` (default `~/.config/…`), `/etc/chainpulse/config.yaml`. A file that is named must exist;
 * a file that is found must be readable and right. Without any file, every setting has its default.
 */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { listenSchema } from "../core/config-address.ts";
import { type Config, configSchema } from "../core/config.ts";
import { type Role, roleDefaults } from "../core/role.ts";
import { ConfigError } from "./config-file-error.ts";
import type { ConfigProblem } from "./config-file-source.ts";
import { readAtMost } from "./text-file.ts";

/** The largest file that is read: a hand-written configuration has a few KB. */
const fileBytesMax = 1_048_576;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that flags (and the environment) may override. */
export interface ConfigOverrides {
  /** `HOST:PORT` */
  readonly listen?: string | undefined;
  readonly dataDir?: string | undefined;
  /** The node's id. */
  readonly node?: string | undefined;
  readonly hub?: { readonly url?: string; readonly token_file?: string; readonly pin?: string };
}

export interface LoadOptions {
  /** From `--config`. */
  readonly file?: string | undefined;
  /** From `--listen` and `--data-dir`. */
  readonly flags?: ConfigOverrides;
  /** Some settings have other defaults in other roles. Default: `all`. */
  readonly role?: Role;
  readonly env: Environment;
  /** What the schema cannot know: further problems of a right configuration, to be refused like a wrong setting. */
  readonly judge?: (config: Config) => Promise<readonly ConfigProblem[]>;
  /** Default: the process's working directory. */
  readonly cwd?: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path; `null` where there is no file. */
  readonly file: string | null;
  readonly warnings: readonly string[];
}

/** The configuration in force. Throws `ConfigError`. */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const read = findConfigFile(options);
  // The YAML parser is loaded only when there is a file: it costs 30 ms at start-up.
  const defaults = roleDefaults[options.role ?? "all"];
  const parsed =
    read === null
      ? { config: configSchema.parse(defaults), warnings: [], place: () => [] }
      : (await import("./config-file-parse.ts")).parseConfigText(read.text, read.file, defaults);
  const issues = parsed.place((await options.judge?.(parsed.config)) ?? []);
  if (issues.length > 0) throw new ConfigError(issues);
  const overrides = {
    ...options.flags,
    listen: options.flags?.listen ?? nonEmpty(options.env["CHAINPULSE_LISTEN"]),
    dataDir: options.flags?.dataDir ?? nonEmpty(options.env["CHAINPULSE_DATA_DIR"]),
  };
  return { config: applyOverrides(parsed.config, overrides), file: read?.file ?? null, warnings: parsed.warnings };
}

/** The configuration with the overrides in it. An address that is none is a `ConfigError`; the other flags are checked where they are read. */
export function applyOverrides(config: Config, { listen, dataDir, node, hub }: ConfigOverrides): Config {
  if (listen !== undefined && !listenSchema.safeParse(listen).success) {
    const expected = "HOST:PORT, e.g. 127.0.0.1:9797";
    const message = `expected ${expected}, found ${JSON.stringify(listen.slice(0, 80))}`;
    throw new ConfigError([{ file: "--listen or CHAINPULSE_LISTEN", line: null, column: null, path: "", message, expected }]);
  }
  return {
    ...config,
    server: { ...config.server, ...(listen === undefined ? {} : { listen }) },
    storage: { ...config.storage, ...(dataDir === undefined ? {} : { data_dir: dataDir }) },
    node: { ...config.node, ...(node === undefined ? {} : { id: node }) },
    hub: { ...config.hub, ...hub },
  };
}

/** The files that are looked for, in order, when none is named. */
export function configSearchPath(env: Environment, cwd: string): readonly string[] {
  return [
    join(cwd, "chainpulse.yaml"),
    join(baseDirectory(env, "XDG_CONFIG_HOME", ".config"), "chainpulse", "config.yaml"),
    "/etc/chainpulse/config.yaml",
  ];
}

/** Where data is kept when nothing says otherwise: the system's place for root, else the user's state directory. `uid`: `null` where there is none (Windows). */
export function defaultDataDir(env: Environment, uid: number | null): string {
  return uid === 0 ? "/var/lib/chainpulse" : join(baseDirectory(env, "XDG_STATE_HOME", ".local/state"), "chainpulse");
}

/** The data directory of a configuration, absolute. */
export function dataDirOf(config: Config, env: Environment): string {
  return resolve(config.storage.data_dir ?? defaultDataDir(env, process.getuid?.() ?? null));
}

/** A directory of the XDG base directory specification 0.8; a relative path in the variable is ignored, as it demands. */
function baseDirectory(env: Environment, variable: string, fallback: string): string {
  const value = env[variable];
  return value !== undefined && isAbsolute(value) ? value : join(nonEmpty(env["HOME"]) ?? homedir(), fallback);
}

function findConfigFile({ file, env, cwd = process.cwd() }: LoadOptions): { file: string; text: string } | null {
  const named = file ?? nonEmpty(env["CHAINPULSE_CONFIG"]);
  if (named !== undefined) {
    const path = resolve(cwd, named);
    const text = readConfigFile(path);
    if (text === null) throw unreadable(path, "there is no such file", "an existing file");
    return { file: path, text };
  }
  for (const path of configSearchPath(env, cwd)) {
    const text = readConfigFile(path);
    if (text !== null) return { file: path, text };
  }
  return null;
}

/** The file's text; `null` where it does not exist. */
function readConfigFile(path: string): string | null {
  let bytes: Buffer;
  try {
    bytes = readAtMost(path, fileBytesMax + 1);
  } catch (error) {
    // `node:fs` throws only errors with a code.
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw unreadable(path, `cannot be read (${message})`, "a readable file", error);
  }
  if (bytes.length > fileBytesMax) throw unreadable(path, `is larger than ${fileBytesMax} bytes`, "a smaller file");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(path, "is not UTF-8 text", "UTF-8 text", error);
  }
}

function unreadable(file: string, message: string, expected: string, cause?: unknown): ConfigError {
  return new ConfigError([{ file, line: null, column: null, path: "", message, expected }], { cause });
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
