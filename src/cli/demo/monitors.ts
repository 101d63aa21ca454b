/**
 * The ChainPulse of the demo: one hub, whose page is shown, and an agent beside each chain node. The hub watches the chains itself too, because
 * events stay where they are seen, and how long a block takes from one node to the other is told by whoever watches both.
 */
import { join, resolve } from "node:path";
import { writeFileAtomic } from "../../io/atomic-file.ts";
import { type ChildProgram, startProgram } from "../../io/child-program.ts";
import { openTokenStore } from "../../store/state/tokens.ts";
import type { DemoClient } from "./demo-node.ts";

/** Label of every node of the demo, which the list of nodes can be filtered by. */
const labels = { demo: "true" } as const;
const pollIntervalMs = 500;

/** Writes the hub's configuration and gives its path. */
export function writeHubConfig(directory: string, listen: string, clients: readonly DemoClient[]): string {
  return writeConfig(directory, "hub", {
    // Warnings of its own would fill the terminal while a node is paused: what fails is on the page.
    logging: { level: "error" },
    node: { id: "demo", labels },
    server: { listen },
    storage: { data_dir: join(directory, "hub") },
    // The agents tell of transactions: a client that two observe would be two places on their way.
    chain: { ...chainOf(clients), tracing: { enabled: false } },
  });
}

/** Makes the agent's token at the hub, and its configuration; gives the path of that. The hub need not run. */
export function writeAgentConfig(directory: string, client: DemoClient, hubUrl: string): string {
  const tokens = openTokenStore(join(directory, "hub"));
  const tokenFile = join(directory, `${client.name}.token`);
  try {
    const { token } = tokens.create({ name: `agent ${client.name}`, scopes: ["agent"], node: client.name, expiresMs: null });
    writeFileAtomic(tokenFile, token, { mode: 0o600, overwrite: true });
  } finally {
    tokens.close();
  }
  return writeConfig(directory, `agent-${client.name}`, {
    logging: { level: "warn" },
    node: { id: client.name, type: "full", labels },
    server: { listen: "127.0.0.1:0" },
    storage: { data_dir: join(directory, `agent-${client.name}`) },
    hub: { url: hubUrl, token_file: tokenFile },
    chain: chainOf([client]),
  });
}

/** Starts ChainPulse as an agent, from the same entry as this process. */
export function startAgent(directory: string, name: string, config: string): Promise<ChildProgram> {
  const entry = resolve(process.argv[1] ?? "");
  return startProgram({
    program: process.execPath,
    args: [...process.execArgv, entry, "start", "--role", "agent", "--config", config],
    logFile: join(directory, `agent-${name}.log`),
    env: withoutSettings(process.env),
  });
}

/** The user's own settings of ChainPulse are not meant for the demo's agents. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("CHAINPULSE_")));
}

function chainOf(clients: readonly DemoClient[]): object {
  // Clients that really run on this machine are not part of the demo: a made-up chain beside a real one would be mistaken for it.
  return {
    discover: false,
    poll_interval_ms: pollIntervalMs,
    clients: clients.map((client) => ({ ...client, simulated: true })),
  };
}

function writeConfig(directory: string, name: string, section: object): string {
  const file = join(directory, `${name}.yaml`);
  // JSON is YAML.
  const text = JSON.stringify({ performance_monitoring: section }, null, 2);
  writeFileAtomic(file, `${text}\n`, { mode: 0o600, overwrite: true });
  return file;
}
