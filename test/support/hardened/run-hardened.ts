/** Runs a command of the Debian package under what a hardened unit sets; see `enter.ts` for what is done, and what is not. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Enclosure } from "./enter.ts";
import { allowedSyscalls } from "./syscall-filter.ts";
import { type UnitFile, wordsOf } from "./unit-file.ts";

/** Within systemd's range for DynamicUser=: 61184–65519. */
const dynamicUser = 61_284;
const program = "/usr/lib/chainpulse";

/** Read here: the enclosure need not see this checkout. */
const seccompText = readFileSync(join(import.meta.dirname, "seccomp.mjs"), "utf8");

export type HardenedProcess = ChildProcessByStdio<null, Readable, Readable>;

export interface HardenedRun extends Pick<Enclosure, "shown" | "links" | "files" | "environment" | "command"> {
  /** A user without a name; default: one as DynamicUser= makes them. */
  readonly user?: number;
}

export interface HardenedPlace {
  /** What the program keeps between two runs. */
  readonly stateDir: string;
  start(run: HardenedRun): HardenedProcess;
  /** Ends what still runs there. */
  remove(): Promise<void>;
}

/** A place with state and cache directories of its own. */
export function hardenedPlace(debFile: string, unit: UnitFile): HardenedPlace {
  const base = mkdtempSync(join(tmpdir(), "chainpulse-hardened-"));
  const stateDir = join(base, "state");
  const cacheDir = join(base, "cache");
  const directory = join(base, "mounts");
  for (const path of [stateDir, cacheDir, directory]) mkdirSync(path, { mode: 0o700 });
  const started: HardenedProcess[] = [];
  const filter = {
    koffiFrom: `${program}/package.json`,
    syscalls: allowedSyscalls(unit),
    families: wordsOf(unit, "RestrictAddressFamilies"),
  };
  return {
    stateDir,
    start: ({ environment, user: namelessUser, ...run }) => {
      const runAs = namelessUser ?? dynamicUser;
      for (const path of [stateDir, cacheDir]) chownSync(path, runAs, runAs);
      const enclosure: Enclosure = {
        ...run,
        directory,
        debFile,
        user: runAs,
        named: namelessUser === undefined,
        umask: wordsOf(unit, "UMask")[0] ?? "",
        writable: { "/var/lib/chainpulse": stateDir, "/var/cache/chainpulse": cacheDir },
        files: { ...run.files, "/usr/lib/chainpulse-seccomp.mjs": seccompText },
        environment: {
          ...environment,
          NODE_OPTIONS: "--import=file:///usr/lib/chainpulse-seccomp.mjs",
          CHAINPULSE_TEST_SECCOMP: JSON.stringify(filter),
        },
      };
      const enter = join(import.meta.dirname, "enter.ts");
      const args = [
        "--mount",
        "--ipc",
        "--uts",
        "--propagation",
        "private",
        process.execPath,
        enter,
        JSON.stringify(enclosure),
      ];
      const child = spawn("unshare", args, { stdio: ["ignore", "pipe", "pipe"] });
      started.push(child);
      return child;
    },
    remove: async () => {
      for (const child of started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      rmSync(base, { recursive: true });
    },
  };
}
