/**
 * Programs that live as long as this one: each in a process group of its own, so that Ctrl-C reaches us alone and we end them in order, and
 * told to the kernel to be ended with us (PR_SET_PDEATHSIG of prctl(2), by `setpriv` of util-linux), so that none outlives a `kill -9`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { findProgram } from "./find-program.ts";

export interface ProgramOptions {
  /** Path of the program. */
  readonly program: string;
  readonly args: readonly string[];
  /** File that takes what it prints. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface ChildProgram {
  readonly pid: number;
  /** Why it ended (`exit code 1`, `signal SIGKILL`); `null` while it runs. */
  ended(): string | null;
  /** Called once when it ends, also where that has happened already. */
  onEnd(listener: (reason: string) => void): void;
  /** Does nothing where it has ended. */
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL where that has not ended it within `patienceMs`. Resolves once it has ended. */
  end(patienceMs: number): Promise<void>;
}

/** What has a child be ended when we are; `null` where the machine has no such program (it is Linux's). */
export function deathWatch(path: string | undefined): string | null {
  return process.platform === "linux" ? findProgram("setpriv", path) : null;
}

/** Resolves once it runs. Rejects with the system's error where it cannot be started, and where `logFile` cannot be written. */
export async function startProgram({ program, args, logFile, env = process.env }: ProgramOptions): Promise<ChildProgram> {
  const watch = deathWatch(env["PATH"]);
  const command = watch === null ? [program, ...args] : [watch, "--pdeathsig", "KILL", program, ...args];
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(command[0] ?? program, command.slice(1), { stdio: ["ignore", log, log], detached: true, env });
  const { promise: over, resolve } = Promise.withResolvers<string>();
  let reason: string | null = null;
  child.on("exit", (code, signal) => {
    reason = signal === null ? `exit code ${code}` : `signal ${signal}`;
    resolve(reason);
  });
  try {
    await once(child, "spawn");
  } finally {
    closeSync(log);
  }
  const signal = (name: NodeJS.Signals): void => {
    if (reason === null) child.kill(name);
  };
  return {
    pid: child.pid ?? 0,
    ended: () => reason,
    onEnd: (listener) => void over.then(listener),
    signal,
    async end(patienceMs) {
      // One that is stopped ends when it goes on.
      signal("SIGTERM");
      signal("SIGCONT");
      const kill = setTimeout(() => signal("SIGKILL"), patienceMs);
      await over;
      clearTimeout(kill);
    },
  };
}
