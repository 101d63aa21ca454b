/** An agent in a process of its own, whose data outlasts it: it is killed and started again, and its clock may be wrong. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { endChild } from "../../../bench/support/child.ts";
import { entry, type HubProcess } from "../../../bench/support/hub-process.ts";

export interface AgentProcess extends AsyncDisposable {
  /** Of its own doors; another one after each start. */
  readonly url: () => string;
  readonly dataDir: string;
  /** Resolves when it serves. */
  start(): Promise<void>;
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

export interface AgentOptions {
  readonly hub: HubProcess;
  readonly node: string;
  /** File with its token. */
  readonly tokenFile: string;
  /** Further ones, as in the configuration file. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** How far its wall clock is ahead of the machine's. */
  readonly clockShiftMs?: number;
}

const shiftedClock = new URL("../../rigs/clock/shifted-clock.mjs", import.meta.url);

/** It runs when this resolves. */
export async function startAgent(options: AgentOptions): Promise<AgentProcess> {
  const { hub, node, tokenFile, settings = {}, clockShiftMs = 0 } = options;
  const directory = mkdtempSync(join(tmpdir(), "chainpulse-agent-"));
  const dataDir = join(directory, "data");
  const config = join(directory, "agent.yaml");
  const section = {
    logging: { level: "error" },
    node: { id: node },
    server: { listen: "127.0.0.1:0" },
    storage: { data_dir: dataDir },
    hub: { url: hub.url, pin: hub.pin, token_file: tokenFile },
    ...settings,
  };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ performance_monitoring: section }));
  const shift = { NODE_OPTIONS: `--import=${shiftedClock.href}`, CHAINPULSE_TEST_CLOCK_SHIFT_MS: String(clockShiftMs) };
  const env = { ...process.env, ...(clockShiftMs === 0 ? {} : shift) };
  let child: ChildProcess | null = null;
  let url = "";
  const agent: AgentProcess = {
    url: () => url,
    dataDir,
    async start() {
      const started = spawn(process.execPath, [entry, "start", "--role", "agent", "--config", config], {
        stdio: ["ignore", "pipe", "inherit"],
        env,
      });
      child = started;
      for await (const line of createInterface({ input: started.stdout })) {
        const found = /http:\/\/[^/\s]+/.exec(line)?.[0];
        if (found === undefined) continue;
        url = found;
        return;
      }
      throw new Error("the agent ended before it served");
    },
    async stop(signal) {
      const ending = child;
      child = null;
      if (ending !== null) await endChild(ending, signal);
    },
    async [Symbol.asyncDispose]() {
      await agent.stop("SIGKILL");
      rmSync(directory, { recursive: true });
    },
  };
  await agent.start();
  return agent;
}
