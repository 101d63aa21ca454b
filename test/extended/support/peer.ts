/** A real program that keeps samples, which a test kills and starts again at the same address. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { answers, endChild, freePort } from "../../../bench/support/child.ts";

export interface Peer extends AsyncDisposable {
  readonly url: string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Resolves when it answers. */
  start(): Promise<void>;
}

/** Takes remote write at /api/v1/write, as all of them do. */
export function startPrometheus(): Promise<Peer> {
  return startPeer("prometheus", "/-/ready", (directory, port) => {
    const config = join(directory, "prometheus.yml");
    writeFileSync(config, "global: {}\n");
    return [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-remote-write-receiver",
      "--log.level=warn",
    ];
  });
}

export function startVictoriaMetrics(): Promise<Peer> {
  return startPeer("victoria-metrics", "/health", (directory, port) => [
    `-storageDataPath=${join(directory, "data")}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    "-retentionPeriod=1d",
    // As docs/engines.md says: otherwise charts show nothing of the last half minute, and gaps in what is written seldom.
    "-search.latencyOffset=1s",
    "-search.minStalenessInterval=5m",
    "-loggerLevel=ERROR",
  ]);
}

async function startPeer(
  program: string,
  path: string,
  args: (directory: string, port: number) => readonly string[],
): Promise<Peer> {
  const directory = mkdtempSync(join(tmpdir(), `chainpulse-${program}-`));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  const kill = async (): Promise<void> => {
    const running = child;
    child = null;
    if (running !== null) await endChild(running, "SIGKILL");
  };
  const start = async (): Promise<void> => {
    child = spawn(program, args(directory, port), { stdio: ["ignore", "ignore", "inherit"] });
    await once(child, "spawn");
    await until(`${program} answers`, () => answers(url + path));
  };
  await start();
  return {
    url,
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Waits for what must come; says what did not, after two minutes. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const givenUpMs = performance.now() + 120_000;
  while (!(await holds())) {
    if (performance.now() > givenUpMs) throw new Error(`it did not come to pass: ${what}`);
    await sleep(200);
  }
}
