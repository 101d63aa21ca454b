/** Programs that a benchmark runs side by side, each ended at its end. */
import { type ChildProcess, type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { answers, endChild, freePort } from "./child.ts";

export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
}

/** The path of an installed program, or `null`. */
export function installed(program: string): string | null {
  try {
    return execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}

export async function startChainPulse(env: NodeJS.ProcessEnv = process.env): Promise<Running & { readonly dataDir: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-bench-"));
  const launcher = fileURLToPath(new URL("../../chainpulse", import.meta.url));
  const running = await serving(spawn(launcher, startArgs(dataDir), { stdio: ["ignore", "pipe", "inherit"], env }));
  const dispose = async (): Promise<void> => {
    await running[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true });
  };
  return { ...running, dataDir, [Symbol.asyncDispose]: dispose };
}

/** Serves what is in a directory, from the sources. Without other `settings` (YAML) it collects nothing. */
export async function serveDirectory(
  dataDir: string,
  settings = "performance_monitoring: { enabled: false }",
  role = "all",
): Promise<Running> {
  const config = join(dataDir, "node.yaml");
  writeFileSync(config, `${settings}\n`);
  const entry = fileURLToPath(new URL("../../src/boot.mjs", import.meta.url));
  const args = [entry, ...startArgs(dataDir), "--config", config, "--role", role];
  return serving(spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] }));
}

function startArgs(dataDir: string): readonly string[] {
  return ["start", "--listen", "127.0.0.1:0", "--data-dir", dataDir];
}

/** Waits for the line that says where it serves. */
async function serving(child: ChildProcessByStdio<null, Readable, null>): Promise<Running> {
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http\S+/.exec(line)?.[0];
    if (url === undefined) continue;
    return { pid: pidOf(child), url: url.replace(/\/$/, ""), [Symbol.asyncDispose]: ending(child) };
  }
  throw new Error("ChainPulse ended before it served");
}

/** Starts a peer and waits until its address answers with success. */
export async function startPeer(program: string, args: (port: number) => readonly string[], path: string): Promise<Running> {
  const port = await freePort();
  const child = spawn(program, args(port), { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  const end = ending(child);
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
    if (await answers(url + path)) return { pid: pidOf(child), url, [Symbol.asyncDispose]: end };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await end();
  throw new Error(`${program} did not answer at ${path}`);
}

function ending(child: ChildProcess): () => Promise<void> {
  return async () => {
    await endChild(child, "SIGTERM");
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} could not be started`);
  return child.pid;
}
