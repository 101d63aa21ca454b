/** Three litecoind in a line, A–B–C: what is told at A reaches C only by way of B, and the link between B and C is in the test's hands. */
import assert from "node:assert/strict";
import { z } from "zod";
import { openSlowLink, type SlowLink } from "../../rigs/link/slow-link.ts";
import { type Litecoind, startLitecoind } from "./litecoind.ts";
import { until } from "./until.ts";

export const lineNames = ["a", "b", "c"] as const;
export type LineName = (typeof lineNames)[number];

export interface LitecoinLine extends AsyncDisposable {
  readonly nodes: Readonly<Record<LineName, Litecoind>>;
  /** Between B and C. Blocks need `usualBlockMs` on each link, until it is said otherwise. */
  readonly link: SlowLink;
  /** Addresses of A's wallet; two nodes that mine at the same second for one address make the same block. */
  readonly addresses: Readonly<Record<LineName, string>>;
  /** Makes blocks at a node; gives their hashes. */
  mine(at: LineName, count: number): Promise<readonly string[]>;
  bestOf(name: LineName): Promise<string>;
  /** All have the same head. */
  together(seconds: number): Promise<void>;
  /** Has C call B again; it would by itself within a minute. */
  reconnect(): Promise<void>;
}

/** As between cities: links of one machine take less than clocks of two machines can be told apart by. */
export const usualBlockMs = 25;
/** Source: chainparams.cpp of Litecoin Core, CRegTestParams. */
const regtestMagic = Buffer.from("fabfb5da", "hex");
/** A block's coins can be spent a hundred blocks later. Source: COINBASE_MATURITY of consensus/consensus.h. */
const firstBlocks = 110;

/**
 * They tell each other of transactions at once, as those they trust. Otherwise each waits seconds at random, and tells of 35 at a time
 * (net_processing.cpp, INVENTORY_BROADCAST_MAX): of 1,000 at 25 a second 424 came to B's pool before their block, and 70 to C's.
 */
const trusting = ["-whitelist=noban@127.0.0.1"];

/** Resolves when they are peers, and A has coins to spend. */
export async function startLitecoinLine(): Promise<LitecoinLine> {
  await using started = new AsyncDisposableStack();
  const start = async (): Promise<Litecoind> => started.use(await startLitecoind(trusting));
  const [a, b, c] = await Promise.all([start(), start(), start()]);
  const nodes = { a, b, c };
  const openLink = async ({ p2pAddress: to }: Litecoind): Promise<SlowLink> => {
    const link = started.use(await openSlowLink({ to, magic: regtestMagic }));
    link.slowBlocks(usualBlockMs);
    return link;
  };
  const [toA, link] = [await openLink(a), await openLink(b)];
  await a.ask(z.unknown(), "createwallet", "w");
  const [ofA, ofB, ofC] = [await newAddress(a), await newAddress(a), await newAddress(a)];
  const addresses = { a: ofA, b: ofB, c: ofC };
  const bestOf = (name: LineName): Promise<string> => nodes[name].ask(z.string(), "getbestblockhash");
  const line = {
    nodes,
    link,
    addresses,
    mine: (at, count) => nodes[at].ask(z.array(z.string()), "generatetoaddress", count, addresses[at]),
    bestOf,
    async together(seconds) {
      const heads = (): Promise<readonly string[]> => Promise.all(lineNames.map(bestOf));
      await until("all have the same head", seconds, heads, (hashes) => new Set(hashes).size === 1);
    },
    reconnect: () => c.ask(z.null(), "addnode", link.address, "onetry").then(() => undefined),
  } satisfies Omit<LitecoinLine, typeof Symbol.asyncDispose>;
  // The trust is for those that call.
  await b.ask(z.null(), "addnode", toA.address, "onetry");
  await line.reconnect();
  await line.mine("a", firstBlocks);
  await line.together(90);
  assert.deepEqual(await Promise.all([a, b, c].map(peersOf)), [1, 2, 1], "A and C have one peer each, B has both");
  const running = started.move();
  return { ...line, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function newAddress(node: Litecoind): Promise<string> {
  return node.ask(z.string(), "getnewaddress");
}

function peersOf(node: Litecoind): Promise<number> {
  return node.ask(z.int(), "getconnectioncount");
}
