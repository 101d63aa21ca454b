/** What `chainpulse service` needs of the machine, in one place, so that its tests touch none. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Role } from "../core/role.ts";
import { writeFileAtomic } from "../io/atomic-file.ts";
import { roleArguments, type UnitOptions } from "./service-unit.ts";

export interface ServiceSystem {
  /** Whether systemd runs this machine: sd_booted(3). */
  hasSystemd(): boolean;
  isRoot(): boolean;
  /** How this installation is started in a role; `config` may be relative to the working directory. */
  programFor(role: Role, config: string | undefined): UnitOptions;
  /** `null` where there is no such file. */
  read(path: string): string | null;
  write(path: string, text: string): void;
  remove(path: string): void;
  systemctl(args: readonly string[]): { readonly code: number; readonly output: string; readonly errors: string };
}

export const theSystem: ServiceSystem = {
  hasSystemd: () => existsSync("/run/systemd/system"),
  isRoot: () => process.getuid?.() === 0,
  programFor: (role, config) => {
    // This very Node and entry: a launcher would look for both again, in an environment that the service does not have.
    const entry = resolve(process.argv[1] ?? "");
    const node = process.execPath;
    const configArgs = config === undefined ? [] : ["--config", resolve(config)];
    return {
      command: [node, ...process.execArgv, entry, "start", ...roleArguments(role), ...configArgs],
      role,
      programDirs: [dirname(node), packageRoot(entry)],
    };
  },
  read: (path) => (existsSync(path) ? readFileSync(path, "utf8") : null),
  write: (path, text) => void writeFileAtomic(path, text, { mode: 0o644, overwrite: true }),
  remove: (path) => rmSync(path),
  systemctl: (args) => {
    const { status, stdout, stderr, error } = spawnSync("systemctl", args, { encoding: "utf8", timeout: 60_000 });
    return error === undefined
      ? { code: status ?? 1, output: stdout, errors: stderr }
      : { code: 1, output: "", errors: error.message };
  },
};

/**
 * The directory that has the program and its dependencies: npm puts those beside the package, into the `node_modules` that it is in
 * itself; a checkout has its own.
 */
function packageRoot(entry: string): string {
  const modules = entry.indexOf("/node_modules/");
  return modules === -1 ? dirname(dirname(dirname(entry))) : entry.slice(0, modules + "/node_modules".length);
}
