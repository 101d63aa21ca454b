/** What a role asks of the configuration. */
import type { Role } from "../core/role.ts";
import { ConfigError, type ConfigIssue } from "../io/config-file-error.ts";
import type { LoadedConfig } from "../io/config-file.ts";

/** An agent without a hub would keep everything to itself, and one without a token would be refused for ever. Throws `ConfigError`. */
export function forRole(loaded: LoadedConfig, role: Role): LoadedConfig {
  if (role !== "agent") return loaded;
  const { url, token_file: tokenFile } = loaded.config.hub;
  const missing = (path: string, expected: string): ConfigIssue => {
    const message = `missing; a node of the role agent needs ${expected}`;
    return { file: loaded.file ?? "--role agent", line: null, column: null, path, message, expected };
  };
  const issues = [
    ...(url === undefined ? [missing("hub.url", "the hub's address: hub.url in the file, or --hub URL")] : []),
    ...(tokenFile === undefined
      ? [
          missing(
            "hub.token_file",
            "a token, which `chainpulse agent add` on the hub makes: hub.token_file, or --token-file FILE",
          ),
        ]
      : []),
  ];
  if (issues.length > 0) throw new ConfigError(issues);
  return loaded;
}
