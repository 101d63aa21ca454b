/** Starts ChainPulse as a user does, on a free port with a data directory of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const checkout = fileURLToPath(new URL("../../..", import.meta.url));

export interface RunningServer {
  /** `http://127.0.0.1:41234`, without a slash at the end. */
  readonly origin: string;
  readonly dataDir: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Text of a configuration file. */
  readonly config?: string;
  /** `host:port`; default: a free port. */
  readonly listen?: string;
  /** Puts something into the data directory before the start. */
  readonly prepare?: (dataDir: string) => void;
  /** Further arguments of `start`. */
  readonly args?: readonly string[];
  /** A scratch copy to start from its sources; default: this checkout, by its launcher. */
  readonly root?: string;
}

/** Rejects with the server's own words when it does not start. */
export async function startChainPulse(options: StartOptions = {}): Promise<RunningServer> {
  const directory = await mkdtemp(join(tmpdir(), "chainpulse-browser-"));
  const dataDir = join(directory, "data");
  options.prepare?.(dataDir);
  const args = ["start", "--listen", options.listen ?? "127.0.0.1:0", "--data-dir", dataDir, ...(options.args ?? [])];
  if (options.config !== undefined) {
    const file = join(directory, "config.yaml");
    await writeFile(file, options.config);
    args.push("--config", file);
  }
  // The launcher becomes the server, so its process is the one to end.
  const child =
    options.root === undefined
      ? spawn(join(checkout, "chainpulse"), args, { stdio: ["ignore", "pipe", "pipe"] })
      : spawn(process.execPath, [join(options.root, "src", "boot.mjs"), ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const origin = await addressOf(child);
    // One that has said where it serves has been started.
    if (child.pid === undefined) throw new Error("ChainPulse has no process");
    return { origin, dataDir, pid: child.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs a command of the command line to its end and gives what it printed. */
export async function runChainPulse(args: readonly string[]): Promise<string> {
  const child = spawn(join(checkout, "chainpulse"), args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  await once(child, "close");
  if (child.exitCode !== 0) throw new Error(`chainpulse ${args.join(" ")} ended with ${child.exitCode}: ${errors}`);
  return output;
}

/** The URL that the first line names. */
async function addressOf(
  child: ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream },
): Promise<string> {
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /https?:\/\/[^\s/]+/.exec(line)?.[0];
    if (url !== undefined) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error(`ChainPulse ended before it served: ${errors}`);
}
