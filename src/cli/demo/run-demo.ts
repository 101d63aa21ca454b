/** The demo from its beginning to its end: chain nodes, then the hub in this process, then agents, load and faults; ended in reverse. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ChainPulseError } from "../../core/errors.ts";
import { deathWatch } from "../../io/child-program.ts";
import { findProgram } from "../../io/find-program.ts";
import type { CliDeps } from "../command.ts";
import { waitForSignal } from "../wait-for-signal.ts";
import { anvilInstall, findAnvil } from "./anvil-program.ts";
import { type ChainOptions, type DemoChain, patienceMs } from "./demo-node.ts";
import { startEvmChain } from "./evm-chain.ts";
import { runFaults } from "./faults.ts";
import { startLitecoinPair } from "./litecoin-chain.ts";
import { startAgent, writeAgentConfig, writeHubConfig } from "./monitors.ts";

export interface DemoOptions {
  readonly listen: string;
  /** Pause between two faults; `null`: none. */
  readonly faultsEveryMs: number | null;
  /** Where its files are and stay; `null`: in a temporary directory that is removed. */
  readonly keep: string | null;
}

/** Runs until a signal; resolves with the exit code. Errors: `DEMO_FAILED`, and those of a start. */
export async function runDemo(context: CliDeps, options: DemoOptions): Promise<number> {
  const tell = (line: string): void => void context.stderr.write(`demo: ${line}\n`);
  const ending = new AbortController();
  const signals = waitForSignal();
  void signals.code.then(() => ending.abort(new DemoEnded()));
  const directory = options.keep === null ? mkdtempSync(join(tmpdir(), "chainpulse-demo-")) : emptyDirectory(options.keep);
  await using parts = new AsyncDisposableStack();
  parts.defer(() => signals.release());
  if (options.keep === null) parts.defer(() => rmSync(directory, { recursive: true }));
  if (deathWatch(context.env["PATH"]) === null) {
    tell("setpriv (util-linux) is not here: end the demo with Ctrl-C, for what it starts would outlive a kill -9");
  }
  try {
    const chains = await startChains(context, { directory, random: Math.random, signal: ending.signal }, tell);
    parts.defer(() => endChains(chains));
    ending.signal.throwIfAborted();
    return await runHub(context, options, { directory, chains, ending, tell });
  } catch (error) {
    if (error instanceof DemoEnded) return 0;
    throw error;
  } finally {
    ending.abort(new DemoEnded());
    tell("ends");
  }
}

function emptyDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (readdirSync(path).length === 0) return resolve(path);
  throw new ChainPulseError("TARGET_NOT_EMPTY", `there is something in ${path}`, {
    fix: "Name an empty or a new directory: --keep DIR",
  });
}

/** Why what is under way is given up: the user has asked for the end. */
class DemoEnded extends Error {}

interface Running {
  readonly directory: string;
  readonly chains: readonly DemoChain[];
  readonly ending: AbortController;
  readonly tell: (line: string) => void;
}

async function startChains(context: CliDeps, options: ChainOptions, tell: Running["tell"]): Promise<readonly DemoChain[]> {
  const path = context.env["PATH"];
  const anvil = findAnvil(import.meta.filename, path);
  const litecoind = findProgram("litecoind", path);
  if (anvil === null) tell(`anvil is not installed, so contracts and gas are missing: ${anvilInstall}`);
  if (litecoind === null) {
    tell("litecoind is not installed, so peers, propagation and partitions are missing: apt install litecoind (Debian)");
  }
  if (anvil === null && litecoind === null) {
    throw new ChainPulseError("DEMO_FAILED", "there is no chain node that the demo could run", {
      fix: `Install one, and run the demo again: ${anvilInstall}`,
    });
  }
  tell(`starts ${[anvil && "anvil", litecoind && "two peered litecoind"].filter(Boolean).join(" and ")}`);
  const started = await Promise.allSettled([
    ...(anvil === null ? [] : [startEvmChain(anvil, options)]),
    ...(litecoind === null ? [] : [startLitecoinPair(litecoind, options)]),
  ]);
  const chains = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = started.find((one) => one.status === "rejected");
  if (failed === undefined) return chains;
  await endChains(chains);
  throw failed.reason;
}

async function endChains(chains: readonly DemoChain[]): Promise<void> {
  const programs = chains.flatMap(({ nodes }) => nodes.map(({ program }) => program));
  await Promise.all(programs.map((program) => program.end(patienceMs)));
}

/** The hub runs in this process, and ends by the same signals; what needs its address begins once it serves. */
async function runHub(context: CliDeps, options: DemoOptions, running: Running): Promise<number> {
  const { directory, chains, ending, tell } = running;
  const nodes = chains.flatMap((chain) => chain.nodes);
  const config = writeHubConfig(
    directory,
    options.listen,
    nodes.map(({ client }) => client),
  );
  for (const { program, client, logFile } of nodes) {
    program.onEnd((reason) => {
      if (!ending.signal.aborted) tell(`${client.name} has ended: ${reason}; what it printed is in ${logFile}`);
    });
  }
  let begun: Promise<void> = Promise.resolve();
  const flags = { listen: options.listen, dataDir: join(directory, "hub"), node: "demo" };
  try {
    const onServing = (url: string): void => {
      begun = begin(url);
      // It is awaited below; until then a failure is to end the demo, not to be a rejection that nobody handles.
      begun.catch(() => process.kill(process.pid, "SIGTERM"));
    };
    return await context.start({ file: config, flags, role: "hub", onServing });
  } finally {
    ending.abort(new DemoEnded());
    await begun;
  }

  async function begin(url: string): Promise<void> {
    await using parts = new AsyncDisposableStack();
    tell(`${nodes.length} chain nodes run; an agent is started beside each`);
    await Promise.all(
      nodes.map(async ({ client: { name }, client }) => {
        const program = await startAgent(directory, name, writeAgentConfig(directory, client, url));
        parts.defer(() => program.end(patienceMs));
        program.onEnd((reason) => {
          if (!ending.signal.aborted)
            tell(`the agent of ${name} has ended: ${reason}; see ${join(directory, `agent-${name}.log`)}`);
        });
      }),
    );
    context.stdout.write(`The demo is at ${url} (simulated chains; Ctrl-C ends it and removes everything)\n`);
    const loads = chains.map((chain) => chain.load(ending.signal, tell));
    ending.signal.addEventListener("abort", () => chains.forEach((chain) => chain.close()), { once: true });
    const { faultsEveryMs: everyMs } = options;
    const faults = chains.flatMap((chain) => chain.faults);
    if (everyMs !== null) loads.push(runFaults({ faults, everyMs, signal: ending.signal, tell }));
    await Promise.all(loads);
  }
}
