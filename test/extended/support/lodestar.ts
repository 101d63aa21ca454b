/**
 * A real consensus network on this machine: beacon nodes and validator clients of Lodestar, installed from the lock file of test/rigs/lodestar into a folder
 * that is kept until the lock file changes. It brings the Node.js that it runs on, because its prebuilt parts are for older ones than ours.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { answers, endChild, freePort } from "../../../bench/support/child.ts";
import { installRig } from "./install-rig.ts";
import { until } from "./peer.ts";

export interface Lodestar {
  /** Starts it in a folder of its own, which has to exist. */
  beaconNode(options: BeaconNodeOptions): Promise<BeaconNode>;
  validators(options: ValidatorsOptions): Promise<ValidatorClient>;
}

export interface NetworkOptions {
  readonly validators: number;
  /** Seconds since the epoch. */
  readonly genesisTime: number;
  readonly secondsPerSlot: number;
}

export interface BeaconNodeOptions extends NetworkOptions {
  readonly directory: string;
}

export interface ValidatorsOptions {
  readonly directory: string;
  readonly secondsPerSlot: number;
  /** Range, both ends included: `0..7`. */
  readonly keys: string;
  readonly beacon: BeaconNode;
}

interface Program extends AsyncDisposable {
  readonly metricsUrl: string;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface BeaconNode extends Program {
  /** Of its Beacon API, without a slash at the end. */
  readonly url: string;
  /** They do not find each other on one machine by themselves. */
  connectTo(other: BeaconNode): Promise<void>;
}

export type ValidatorClient = Program;

/** Takes minutes the first time. Rejects with npm's words where it cannot be installed. */
export async function installLodestar(): Promise<Lodestar> {
  const folder = await installRig("lodestar", ["snappy/index.js"]);
  const node = join(folder, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  const command = join(folder, "node_modules", "@chainsafe", "lodestar", "lib", "index.js");
  const start = (directory: string, args: readonly string[]): ChildProcess => {
    const log = openSync(join(directory, "log"), "a");
    return spawn(node, [command, ...args], {
      cwd: directory,
      stdio: ["ignore", log, log],
      // What needs a compiler has a slower version in JavaScript.
      env: { ...process.env, NODE_BACKEND: "js", LODESTAR_PRESET: "minimal" },
    });
  };
  return { beaconNode: (options) => startBeaconNode(start, options), validators: (options) => startValidators(start, options) };
}

type Start = (directory: string, args: readonly string[]) => ChildProcess;

/** With sync committees since its first block, and without an execution client: there is no payload in its blocks. */
function chainArgs(secondsPerSlot: number): readonly string[] {
  return `--params.ALTAIR_FORK_EPOCH 0 --params.SECONDS_PER_SLOT ${secondsPerSlot}`.split(" ");
}

const identityShape = z.object({ data: z.object({ peer_id: z.string(), p2p_addresses: z.array(z.string()) }) });

async function startBeaconNode(
  start: Start,
  { directory, validators, genesisTime, secondsPerSlot }: BeaconNodeOptions,
): Promise<BeaconNode> {
  const [rest, metrics, p2p] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${rest}`;
  const child = start(directory, [
    ...`dev --genesisValidators ${validators} --genesisTime ${genesisTime} --dataDir . --eth1 false --port ${p2p}`.split(" "),
    ...`--rest --rest.namespace * --rest.port ${rest} --metrics true --metrics.port ${metrics}`.split(" "),
    ...chainArgs(secondsPerSlot),
  ]);
  const program = programOf(child, metrics);
  await answering(child, directory, `${url}/eth/v1/node/version`);
  return {
    ...program,
    url,
    async connectTo(other) {
      const { data } = identityShape.parse(await (await fetch(`${other.url}/eth/v1/node/identity`)).json());
      const port = data.p2p_addresses.map((address) => /\/tcp\/(\d+)/.exec(address)?.[1]).find((one) => one !== undefined);
      const query = new URLSearchParams({ peerId: data.peer_id, multiaddr: `/ip4/127.0.0.1/tcp/${port}` });
      const answer = await fetch(`${url}/eth/v1/lodestar/connect_peer?${query.toString()}`, { method: "POST" });
      if (!answer.ok) throw new Error(`the beacon nodes are not connected: ${await answer.text()}`);
    },
  };
}

async function startValidators(
  start: Start,
  { directory, secondsPerSlot, keys, beacon }: ValidatorsOptions,
): Promise<ValidatorClient> {
  const metrics = await freePort();
  const child = start(directory, [
    ...`validator --network dev --interopIndexes ${keys} --beaconNodes ${beacon.url} --dataDir .`.split(" "),
    ...`--metrics true --metrics.port ${metrics}`.split(" "),
    ...chainArgs(secondsPerSlot),
  ]);
  const program = programOf(child, metrics);
  await answering(child, directory, program.metricsUrl);
  return program;
}

function programOf(child: ChildProcess, metricsPort: number): Program {
  const kill = (): Promise<void> => endChild(child, "SIGKILL");
  return { metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`, kill, [Symbol.asyncDispose]: kill };
}

async function answering(child: ChildProcess, directory: string, url: string): Promise<void> {
  await until(`Lodestar answers at ${url}`, async () => {
    if (child.exitCode !== null) throw new Error(`Lodestar has ended: ${readFileSync(join(directory, "log"), "utf8")}`);
    return answers(url);
  });
}
