/**
 * The demo's chain of the Bitcoin Core family: two peered litecoind on a chain of their own (regtest), where blocks are made on demand. Both
 * have a wallet of the node's own; nothing is signed here.
 */
import { z } from "zod";
import { passes, runArrivals } from "./arrivals.ts";
import { type ChainOptions, type DemoChain, type Fault, patienceMs } from "./demo-node.ts";
import { type LitecoinNode, startLitecoin } from "./litecoin-node.ts";
import { createTroubleNote } from "./trouble.ts";

const transactionsPerSecond = 0.5;
const blocksPerSecond = 1 / 15;
/** A block's coins can be spent a hundred blocks later. Source: COINBASE_MATURITY of Bitcoin Core's consensus/consensus.h. */
const maturity = 100;
/** Blocks with coins for each of the two, so that the wallets do not wait for their own change. */
const ownBlocks = 8;
const partitionMs = 20_000;
interface Side extends LitecoinNode {
  /** Of its wallet. */
  readonly address: string;
}

/** Resolves once both are peers and have coins to spend. Error: `DEMO_FAILED`. */
export async function startLitecoinPair(program: string, options: ChainOptions): Promise<DemoChain> {
  const starts = await Promise.allSettled(
    ["litecoin-1", "litecoin-2"].map((name) => startLitecoin({ ...options, program, name })),
  );
  const started = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  try {
    for (const start of starts) if (start.status === "rejected") throw start.reason;
    const [a, b] = await Promise.all(started.map(withWallet));
    if (a === undefined || b === undefined) throw new Error("there are two litecoind");
    await b.rpc.call("addnode", [a.p2pAddress, "add"]);
    await mine(a, ownBlocks, b.address);
    await mine(a, ownBlocks + maturity);
    return chainOf(a, b, options);
  } catch (error) {
    for (const { rpc } of started) rpc.close();
    await Promise.all(started.map((node) => node.program.end(patienceMs)));
    throw error;
  }
}

async function withWallet(node: LitecoinNode): Promise<Side> {
  await node.rpc.call("createwallet", ["demo"]);
  return { ...node, address: z.string().parse(await node.rpc.call("getnewaddress")) };
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
        await b.rpc.call("addnode", [a.p2pAddress, "onetry"]);
      }
    },
  };
  return {
    nodes: [a, b],
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
