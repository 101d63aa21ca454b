/** A real process whose name is markup: the kernel takes it from the file's name, as it does for anybody's program. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface HostileProcess {
  /** As the kernel shows it: at most 15 characters (TASK_COMM_LEN in include/linux/sched.h). */
  readonly name: string;
  stop(): Promise<void>;
}

export async function startHostileProcess(): Promise<HostileProcess> {
  const name = "<img onerror=x>";
  const directory = await mkdtemp(join(tmpdir(), "chainpulse-hostile-"));
  const program = join(directory, name);
  await copyFile("/bin/sh", program);
  // Busy for some tenths of the time: only processes that use something are certain to have series of their own, and the tests need the rest.
  const loop = "while :; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.1; done";
  const child = spawn(program, ["-c", loop], { stdio: "ignore" });
  await once(child, "spawn");
  return {
    name,
    async stop() {
      child.kill("SIGKILL");
      await once(child, "exit");
      await rm(directory, { recursive: true, force: true });
    },
  };
}
