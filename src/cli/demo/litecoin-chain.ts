/**
 * The demo's chain of the Bitcoin Core family: two peered litecoind on a chain of their own (regtest), where blocks are made on demand. Both
 * have a wallet of the node's own; nothing is signed here.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { startProgram } from "../../io/child-program.ts";
import { freePort } from "../../io/free-port.ts";
import { type JsonRpc, openJsonRpc } from "../../io/json-rpc.ts";
import { passes, runArrivals } from "./arrivals.ts";
import { awaitAnswer } from "./await-answer.ts";
import { type ChainOptions, type DemoChain, type DemoNode, type Fault, patienceMs } from "./demo-node.ts";
import { createTroubleNote } from "./trouble.ts";

const transactionsPerSecond = 0.5;
const blocksPerSecond = 1 / 15;
/** A block's coins can be spent a hundred blocks later. Source: COINBASE_MATURITY of Bitcoin Core's consensus/consensus.h. */
const maturity = 100;
/** Blocks with coins for each of the two, so that the wallets do not wait for their own change. */
const ownBlocks = 8;
const partitionMs = 20_000;
/** A wallet is made with several synchronous writes, which a busy disk makes slow. */
const requestTimeoutMs = 60_000;

interface Side {
  readonly node: DemoNode;
  readonly rpc: JsonRpc;
  readonly p2p: string;
  /** Of its wallet. */
  readonly address: string;
}

/** Resolves once both are peers and have coins to spend. Error: `DEMO_FAILED`. */
export async function startLitecoinPair(program: string, options: ChainOptions): Promise<DemoChain> {
  const started: DemoNode[] = [];
  try {
    const [a, b] = await Promise.all([
      startSide(program, "litecoin-1", options, started),
      startSide(program, "litecoin-2", options, started),
    ]);
    await b.rpc.call("addnode", [a.p2p, "add"]);
    await mine(a, ownBlocks, b.address);
    await mine(a, ownBlocks + maturity);
    return chainOf(a, b, options);
  } catch (error) {
    await Promise.all(started.map(({ program: child }) => child.end(patienceMs)));
    throw error;
  }
}

async function startSide(
  program: string,
  name: string,
  { directory, signal }: ChainOptions,
  started: DemoNode[],
): Promise<Side> {
  const [rpcPort, p2pPort] = [await freePort(), await freePort()];
  const dataDir = join(directory, name);
  mkdirSync(dataDir, { mode: 0o700 });
  const url = `http://127.0.0.1:${rpcPort}`;
  const cookieFile = join(dataDir, "regtest", ".cookie");
  const p2p = `127.0.0.1:${p2pPort}`;
  const own = [`-datadir=${dataDir}`, `-rpcport=${rpcPort}`, `-port=${p2pPort}`, `-bind=${p2p}`];
  // Alone: no seeds, no discovery; and fees without a history to estimate them from.
  const alone = [
    "-regtest",
    "-server",
    "-printtoconsole=0",
    "-dnsseed=0",
    "-discover=0",
    "-listenonion=0",
    "-fallbackfee=0.001",
  ];
  const logFile = join(directory, `${name}.log`);
  const node: DemoNode = {
    client: { name, kind: "litecoind", rpc_url: url, cookie_file: cookieFile },
    program: await startProgram({ program, args: [...alone, ...own], logFile }),
    logFile,
  };
  started.push(node);
  const rpc = openJsonRpc({ url: new URL(url), timeoutMs: requestTimeoutMs, cookieFile });
  await awaitAnswer(rpc, "getblockcount", node, signal);
  await rpc.call("createwallet", ["demo"]);
  return { node, rpc, p2p, address: z.string().parse(await rpc.call("getnewaddress")) };
}

/** The coins go to `address`; default: the node's own. */
async function mine({ rpc, address }: Side, blocks: number, to: string = address): Promise<void> {
  await rpc.call("generatetoaddress", [blocks, to]);
}

function chainOf(a: Side, b: Side, { random }: ChainOptions): DemoChain {
  const sides = (): readonly [Side, Side] => (random() < 0.5 ? [a, b] : [b, a]);
  const pay = async (): Promise<void> => {
    const [from, to] = sides();
    await from.rpc.call("sendtoaddress", [to.address, Number((0.01 + random() / 2).toFixed(8))]);
  };
  const partition: Fault = {
    title: `litecoin-2 loses its network for ${partitionMs / 1000} s; both go on alone, and one has to give way afterwards`,
    async run(signal) {
      await b.rpc.call("setnetworkactive", [false]);
      try {
        await mine(a, 2);
        await mine(b, 1);
        await passes(partitionMs, signal);
      } finally {
        await b.rpc.call("setnetworkactive", [true]);
        // At once: by itself it would try again within a minute.
        await b.rpc.call("addnode", [a.p2p, "onetry"]);
      }
    },
  };
  return {
    nodes: [a.node, b.node],
    faults: [partition],
    async load(signal, report) {
      const common = { random, signal, trouble: createTroubleNote("litecoin", report), atOnceMax: 4 };
      await Promise.all([
        runArrivals({ ...common, perSecond: () => transactionsPerSecond, arrive: pay }),
        runArrivals({ ...common, perSecond: () => blocksPerSecond, arrive: () => mine(sides()[0], 1) }),
      ]);
    },
    close: () => [a, b].forEach(({ rpc }) => rpc.close()),
  };
}
