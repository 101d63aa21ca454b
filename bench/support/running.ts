/** Programs that a benchmark runs side by side, each ended at its end. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

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
  const child = spawn(launcher, ["start", "--listen", "127.0.0.1:0", "--data-dir", dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http\S+/.exec(line)?.[0];
    if (url === undefined) continue;
    const end = ending(child);
    const dispose = async (): Promise<void> => {
      await end();
      rmSync(dataDir, { recursive: true });
    };
    return { pid: pidOf(child), url: url.replace(/\/$/, ""), dataDir, [Symbol.asyncDispose]: dispose };
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

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    // Nobody listens there yet.
    return false;
  }
}

function ending(child: ChildProcess): () => Promise<void> {
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await once(child, "exit");
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} could not be started`);
  return child.pid;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
