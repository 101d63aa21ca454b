/** What `init` finds on the machine: its name, blockchain clients by process name or listening port, GPUs by device file. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseListening } from "../io/listening-sockets.ts";

export interface Found {
  readonly hostname: string;
  readonly clients: readonly FoundClient[];
  /** Device files, e.g. `/dev/nvidia0`. */
  readonly gpus: readonly string[];
}

export interface FoundClient {
  /** What it seems to be: `geth (Ethereum)`, `Ethereum JSON-RPC`. */
  readonly what: string;
  /** How that is known: `process 1234`, `listening on port 8545`. */
  readonly evidence: string;
}

/** Names in `/proc/<pid>/comm`, which the kernel cuts at 15 characters (TASK_COMM_LEN, include/linux/sched.h). */
const clientProcesses: Readonly<Record<string, string>> = {
  geth: "Ethereum",
  reth: "Ethereum",
  erigon: "Ethereum",
  besu: "Ethereum",
  nethermind: "Ethereum",
  anvil: "Ethereum, development",
  lighthouse: "Ethereum consensus",
  "beacon-chain": "Ethereum consensus, Prysm",
  teku: "Ethereum consensus",
  lodestar: "Ethereum consensus",
  nimbus_beacon_n: "Ethereum consensus",
  grandine: "Ethereum consensus",
  bitcoind: "Bitcoin",
  litecoind: "Litecoin",
  dogecoind: "Dogecoin",
  cometbft: "CometBFT",
  gaiad: "Cosmos Hub",
  polkadot: "Polkadot",
  "agave-validator": "Solana",
  "solana-validato": "Solana",
  fdctl: "Solana, Firedancer",
  avalanchego: "Avalanche",
  monerod: "Monero",
};

/** Default ports of the clients' own documentation; a port alone is a hint, no proof. */
const clientPorts: Readonly<Record<number, string>> = {
  8545: "Ethereum JSON-RPC",
  8551: "Ethereum Engine API",
  30303: "Ethereum devp2p",
  5052: "Ethereum beacon API",
  3500: "Ethereum beacon API (Prysm)",
  9596: "Ethereum beacon API (Lodestar)",
  8332: "Bitcoin RPC",
  9332: "Litecoin RPC",
  26657: "CometBFT RPC",
  9944: "Substrate RPC",
  8899: "Solana RPC",
  9650: "Avalanche RPC",
  18081: "Monero RPC",
};

/** Looks around. `root` is `/`, or a directory with `proc` and `dev` in it for tests. A missing table means that nothing is found there. */
export function detect(options: { readonly hostname: string; readonly root: string }): Found {
  const proc = join(options.root, "proc");
  return {
    hostname: options.hostname,
    clients: [...clientsByProcess(proc), ...clientsByPort(proc)],
    gpus: gpuDevices(join(options.root, "dev")),
  };
}

function clientsByProcess(proc: string): readonly FoundClient[] {
  const found: FoundClient[] = [];
  for (const pid of namesIn(proc).filter((name) => /^\d+$/.test(name))) {
    const name = textOf(join(proc, pid, "comm"))?.trim() ?? "";
    const chain = Object.hasOwn(clientProcesses, name) ? clientProcesses[name] : undefined;
    if (chain !== undefined) found.push({ what: `${name} (${chain})`, evidence: `process ${pid}` });
  }
  return found;
}

function clientsByPort(proc: string): readonly FoundClient[] {
  const ports = new Set([...listeningPorts(join(proc, "net", "tcp")), ...listeningPorts(join(proc, "net", "tcp6"))]);
  return [...ports]
    .sort((a, b) => a - b)
    .flatMap((port) => {
      const what = clientPorts[port];
      return what === undefined ? [] : [{ what, evidence: `listening on port ${port}` }];
    });
}

function listeningPorts(table: string): readonly number[] {
  return parseListening(textOf(table) ?? "").sockets.map(({ port }) => port);
}

function gpuDevices(dev: string): readonly string[] {
  const nvidia = namesIn(dev).filter((name) => /^nvidia\d+$/.test(name) || name === "kfd");
  const render = namesIn(join(dev, "dri")).filter((name) => /^renderD\d+$/.test(name));
  return [...nvidia.map((name) => `/dev/${name}`), ...render.map((name) => `/dev/dri/${name}`)].sort();
}

/** What is not there, or is gone or closed to this user by the time it is read, is not found: the result is a proposal for a person. */
function namesIn(directory: string): readonly string[] {
  return attempt(() => readdirSync(directory)) ?? [];
}

function textOf(file: string): string | null {
  return attempt(() => readFileSync(file, "utf8"));
}

const absentCodes: readonly (string | undefined)[] = ["ENOENT", "ENOTDIR", "ESRCH", "EACCES", "EPERM"];

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    // `node:fs` throws only errors with a code.
    if (absentCodes.includes((error as NodeJS.ErrnoException).code)) return null;
    throw error;
  }
}
